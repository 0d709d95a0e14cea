-- A payment is an order: the customer is the buyer, the terminal is the seller.
-- Customers and terminals share their numbers, so each gets a letter: c12, t12.
SELECT
  CAST(TRANSACTION_ID AS STRING) AS order_id,
  TX_DATETIME AS ordered_at,
  CONCAT('c', CUSTOMER_ID) AS user_id,
  CONCAT('t', TERMINAL_ID) AS seller_id,
  1 AS quantity,
  TRY_CAST(ROUND(TX_AMOUNT * 100) AS BIGINT) AS amount_cents,
  ds
FROM handbook_transactions
WHERE ds BETWEEN DATE '{from}' AND DATE '{to}'
