-- Chargebacks as disputes. Whether a payment was fraud is known seven days after it: that is the day
-- on which its cardholder's dispute arrives. Every fraud is disputed, in this simulated data.
SELECT
  CONCAT('d', TRANSACTION_ID) AS case_id,
  -- The files give no hour: noon of the day it became known.
  CAST(DATE_ADD(ds, 7) AS TIMESTAMP) + INTERVAL '12' HOUR AS opened_at,
  CAST(TRANSACTION_ID AS STRING) AS order_id,
  CONCAT('c', CUSTOMER_ID) AS user_id,
  CONCAT('t', TERMINAL_ID) AS seller_id,
  'dispute' AS kind,
  'unauthorised' AS reason,
  TRY_CAST(ROUND(TX_AMOUNT * 100) AS BIGINT) AS claim_cents,
  DATE_ADD(ds, 7) AS ds
FROM handbook_transactions
WHERE TX_FRAUD = 1
  AND ds BETWEEN DATE_SUB(DATE '{from}', 7) AND DATE_SUB(DATE '{to}', 7)
