-- The simulated card transactions of the Fraud Detection Handbook, one folder per day.
-- TX_FRAUD_SCENARIO is in the files and is left out on purpose: it is the simulator's answer key.
CREATE OR REPLACE TEMPORARY VIEW handbook_transactions (
  TRANSACTION_ID INT,
  TX_DATETIME TIMESTAMP_NTZ,
  CUSTOMER_ID INT,
  TERMINAL_ID INT,
  TX_AMOUNT DOUBLE,
  TX_FRAUD TINYINT,
  ds DATE
)
USING parquet
OPTIONS (path '{raw}');
