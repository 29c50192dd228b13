namespace Weft.Data;

/// <summary>How a file keeps rows of several texts.</summary>
public enum TableFormat
{
    /// <summary>Fields between tabs, a row a line, without quotes.</summary>
    Tsv,

    /// <summary>Fields between commas, in quotes where they hold commas, quotes (doubled) or line ends (RFC 4180).</summary>
    Csv,

    /// <summary>A JSON object a line, or one array of objects.</summary>
    JsonLines,

    /// <summary>Columns of values, packed; a row is read as a JSON object is.</summary>
    Parquet,
}
