-- Who is confirmed, and when, from chargebacks alone.
--
-- Whether a payment was fraud (TX_FRAUD) is known seven days after it. So on day ds the newest
-- payments that can be judged are those of ds - 7, and each rule looks at the week that ends
-- there: payments of ds - 13 to ds - 7.
--
-- merchant_fraud: a terminal had three or more fraudulent payments in that week, from two or more
--   customers, and they are more than half of all its payments.
-- account_integrity: a customer had fraudulent payments at two or more terminals in that week, and
--   they are at least a fifth of all its payments. A fraud counts against the customer only
--   when no other customer was defrauded at that terminal in that week. Otherwise the terminal is
--   the common point, and the customer its victim.
--
-- payment_fraud: a single payment (an order), confirmed seven days after it to the second.
--
-- A terminal's or customer's verdict is given on the first day its rule is true, that is, when it was
-- true on none of the 28 (terminal) or 14 (customer) days before; and again on every Sunday on which it is true, because
-- a verdict only speaks of the week it looked at, and the fraud may have gone on. A single day
-- therefore needs the payments of ds - 41 to ds - 7 and nothing else.
WITH payment AS (
  SELECT
    CONCAT('c', CUSTOMER_ID) AS user_id,
    CONCAT('t', TERMINAL_ID) AS seller_id,
    COALESCE(TX_FRAUD = 1, FALSE) AS is_fraud,
    TRY_CAST(ROUND(TX_AMOUNT * 100) AS BIGINT) AS amount_cents,
    ds AS paid_on
  FROM handbook_transactions
  WHERE ds BETWEEN DATE_SUB(DATE '{from}', 41) AND DATE_SUB(DATE '{to}', 7)
),

fraud AS (
  -- One row per fraudulent payment and day ds in whose week it lies. Only frauds are repeated:
  -- repeating every payment seven times gives the same verdicts and costs more.
  SELECT
    *,
    EXPLODE(SEQUENCE(DATE_ADD(paid_on, 7), DATE_ADD(paid_on, 13))) AS ds
  FROM payment
  WHERE is_fraud
),

-- Terminals.
seller_fraud AS (
  SELECT
    seller_id,
    ds,
    COUNT(*) AS frauds,
    COUNT(DISTINCT user_id) AS victims,
    MIN(paid_on) AS incident_from,
    MAX(paid_on) AS incident_to,
    SUM(amount_cents) AS loss_cents
  FROM fraud
  WHERE ds BETWEEN DATE_SUB(DATE '{from}', 28) AND DATE '{to}'
  GROUP BY seller_id, ds
),

seller_week AS (
  SELECT
    f.seller_id,
    f.ds,
    COUNT(*) AS payments
  FROM seller_fraud AS f
  INNER JOIN payment AS p
    ON p.seller_id = f.seller_id
    AND p.paid_on BETWEEN DATE_SUB(f.ds, 13) AND DATE_SUB(f.ds, 7)
  GROUP BY f.seller_id, f.ds
),

seller_true AS (
  SELECT
    f.*,
    LAG(f.ds) OVER (PARTITION BY f.seller_id ORDER BY f.ds) AS true_before
  FROM seller_fraud AS f
  INNER JOIN seller_week AS w
    ON w.seller_id = f.seller_id
    AND w.ds = f.ds
  WHERE f.frauds >= 3
    AND f.victims >= 2
    AND f.frauds * 2 > w.payments
),

-- Customers.
own_fraud AS (
  -- The common point of many victims is the terminal: such frauds are not the customer's own.
  SELECT f.*
  FROM fraud AS f
  INNER JOIN seller_fraud AS s
    ON s.seller_id = f.seller_id
    AND s.ds = f.ds
  WHERE s.victims = 1
),

user_fraud AS (
  SELECT
    user_id,
    ds,
    COUNT(*) AS frauds,
    COUNT(DISTINCT seller_id) AS sellers,
    MIN(paid_on) AS incident_from,
    MAX(paid_on) AS incident_to,
    SUM(amount_cents) AS loss_cents
  FROM own_fraud
  WHERE ds BETWEEN DATE_SUB(DATE '{from}', 14) AND DATE '{to}'
  GROUP BY user_id, ds
),

user_week AS (
  SELECT
    f.user_id,
    f.ds,
    COUNT(*) AS payments
  FROM user_fraud AS f
  INNER JOIN payment AS p
    ON p.user_id = f.user_id
    AND p.paid_on BETWEEN DATE_SUB(f.ds, 13) AND DATE_SUB(f.ds, 7)
  GROUP BY f.user_id, f.ds
),

user_true AS (
  SELECT
    f.*,
    LAG(f.ds) OVER (PARTITION BY f.user_id ORDER BY f.ds) AS true_before
  FROM user_fraud AS f
  INNER JOIN user_week AS w
    ON w.user_id = f.user_id
    AND w.ds = f.ds
  WHERE f.sellers >= 2
    AND f.frauds * 5 >= w.payments
),

found AS (
  SELECT
    'mf' AS prefix,
    'seller' AS entity,
    seller_id AS entity_id,
    'merchant_fraud' AS risk,
    incident_from,
    incident_to,
    loss_cents,
    ds
  FROM seller_true
  WHERE true_before IS NULL
    OR DATEDIFF(ds, true_before) > 28
    OR DAYOFWEEK(ds) = 1
  UNION ALL
  SELECT
    'ai' AS prefix,
    'user' AS entity,
    user_id AS entity_id,
    'account_integrity' AS risk,
    incident_from,
    incident_to,
    loss_cents,
    ds
  FROM user_true
  WHERE true_before IS NULL
    OR DATEDIFF(ds, true_before) > 14
    OR DAYOFWEEK(ds) = 1
)

SELECT
  CONCAT_WS('-', prefix, entity_id, ds) AS verdict_id,
  -- The files give no hour of decision: noon of the day it became known.
  CAST(ds AS TIMESTAMP) + INTERVAL '12' HOUR AS decided_at,
  entity,
  entity_id,
  risk,
  TRUE AS confirmed,
  incident_from,
  incident_to,
  'chargeback' AS source,
  loss_cents,
  ds
FROM found
WHERE ds BETWEEN DATE '{from}' AND DATE '{to}'
UNION ALL
SELECT
  CONCAT('pf-', TRANSACTION_ID) AS verdict_id,
  CAST(TX_DATETIME AS TIMESTAMP) + INTERVAL '7' DAY AS decided_at,
  'order' AS entity,
  CAST(TRANSACTION_ID AS STRING) AS entity_id,
  'payment_fraud' AS risk,
  TRUE AS confirmed,
  ds AS incident_from,
  ds AS incident_to,
  'chargeback' AS source,
  TRY_CAST(ROUND(TX_AMOUNT * 100) AS BIGINT) AS loss_cents,
  DATE_ADD(ds, 7) AS ds
FROM handbook_transactions
WHERE TX_FRAUD = 1
  AND ds BETWEEN DATE_SUB(DATE '{from}', 7) AND DATE_SUB(DATE '{to}', 7)
