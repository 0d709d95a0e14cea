-- UCI Online Retail (data set 352): the invoice lines of one real shop, one file per day.
-- Every column is text here: the ingest casts, and puts aside what does not fit.
-- A quote inside a quoted field is doubled. All files must have the header of the first.
-- The day of arrival is the file's name, so asking for a day opens that day's file alone. A view
-- made with USING csv would hide the file's name, so the folder is read in place.
--
-- A line has no number of its own. Its id is the invoice, the product and a hash of all fields:
-- the same for a line delivered twice, another one for a line that differs anywhere.
-- Guests have no CustomerID. The others were once floats: 17850.0 is customer 17850.
CREATE OR REPLACE TEMPORARY VIEW online_retail_lines AS
SELECT
  *,
  CONCAT_WS(
    '-',
    InvoiceNo,
    StockCode,
    LEFT(SHA2(TO_JSON(STRUCT(
      InvoiceNo,
      StockCode,
      Description,
      Quantity,
      InvoiceDate,
      UnitPrice,
      CustomerID,
      Country
    )), 256), 16)
  ) AS line_id,
  COALESCE(STARTSWITH(InvoiceNo, 'C'), FALSE) AS is_cancellation,
  NULLIF(REGEXP_REPLACE(CustomerID, '[.]0$', ''), '') AS user_id,
  -- Money is computed in decimals, never in floats.
  TRY_CAST(Quantity AS DECIMAL(12, 0)) * TRY_CAST(UnitPrice AS DECIMAL(16, 4)) AS amount,
  TRY_CAST(LEFT(_metadata.file_name, 10) AS DATE) AS ds
FROM csv.`{raw}` WITH (
  pathGlobFilter '*.csv',
  header 'true',
  inferSchema 'false',
  enforceSchema 'false',
  quote '"',
  escape '"',
  encoding 'UTF-8'
);
