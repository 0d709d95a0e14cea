-- An invoice number that starts with C takes goods back: each of its lines is a cancellation.
-- Its quantity is negative, and the claim is the positive amount returned.
-- The files do not say which order is taken back, so order_id stays empty.
SELECT
  line_id AS case_id,
  InvoiceDate AS opened_at,
  user_id,
  Country AS seller_id,
  'cancellation' AS kind,
  ROUND(-amount * 100) AS claim_cents,
  ds
FROM online_retail_lines
WHERE is_cancellation
  AND ds BETWEEN DATE '{from}' AND DATE '{to}'
