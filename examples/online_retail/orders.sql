-- Every line that is not a cancellation is an order of one product.
-- There is one shop, so its countries serve as sellers.
-- Lines with a negative quantity or price (stock taken away, bad debt) come out as they are: the
-- row rules of `orders` put them aside with their reason.
SELECT
  line_id AS order_id,
  InvoiceDate AS ordered_at,
  user_id,
  Country AS seller_id,
  StockCode AS product_id,
  Quantity AS quantity,
  ROUND(amount * 100) AS amount_cents,
  ds
FROM online_retail_lines
WHERE NOT is_cancellation
  AND ds BETWEEN DATE '{from}' AND DATE '{to}'
