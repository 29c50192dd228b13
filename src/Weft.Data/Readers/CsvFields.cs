using System.Text;

namespace Weft.Data;

/// <summary>Splits text into rows of fields as RFC 4180 has them; wrong quotes are refused, not guessed at.</summary>
/// <param name="file">Its name, for messages.</param>
/// <param name="reader">Its text.</param>
/// <param name="takesInnerQuotes">A quote inside a field that has none around it is a character as others are, as Python's csv has it.</param>
internal sealed class CsvFields(string file, TextReader reader, bool takesInnerQuotes = false)
{
    private const char Quote = '"', Comma = ',';

    private readonly StringBuilder _field = new();
    private long _line = 1;

    /// <summary>Rows with the line on which each begins; empty lines are none.</summary>
    public IEnumerable<(long Line, List<string> Fields)> Read()
    {
        while (reader.Peek() >= 0)
        {
            long line = _line;
            bool quoted = reader.Peek() == Quote;
            var fields = new List<string>();
            do
                fields.Add(ReadField());
            while (EndField());
            if (quoted || fields is not [""])
                yield return (line, fields);
        }
    }

    private string ReadField()
    {
        _field.Clear();
        if (reader.Peek() == Quote)
            ReadQuoted();
        else
            while (reader.Peek() is not (-1 or Comma or '\r' or '\n'))
                _field.Append(reader.Peek() == Quote && !takesInnerQuotes
                    ? throw TableFiles.Bad(file, _line, $"has a quote inside the field '{Shown()}'; put quotes around the whole field and double those inside, or read the file as tsv")
                    : (char)reader.Read());
        return _field.ToString();
    }

    private void ReadQuoted()
    {
        long begin = _line;
        reader.Read();
        while (true)
        {
            int next = reader.Read();
            if (next < 0)
                throw TableFiles.Bad(file, begin, $"begins a field in quotes, '{Shown()}', that never ends; close its quotes, and double those inside");
            if (next == Quote)
            {
                if (reader.Peek() != Quote)
                    break;
                reader.Read();
            }
            // A carriage return before a line feed is not counted, one alone is.
            if (next == '\n' || (next == '\r' && reader.Peek() != '\n'))
                _line++;
            _field.Append((char)next);
        }
        if (reader.Peek() is not (-1 or Comma or '\r' or '\n'))
            throw TableFiles.Bad(file, _line, $"has '{(char)reader.Peek()}' after the quotes that end the field '{Shown()}'; double quotes inside a field");
    }

    /// <summary>Takes what ends a field.</summary>
    /// <returns>Another one follows in the same row.</returns>
    private bool EndField()
    {
        int next = reader.Read();
        if (next == Comma)
            return true;
        if (next == '\r' && reader.Peek() == '\n')
            reader.Read();
        _line++;
        return false;
    }

    private string Shown()
    {
        const int most = 40;
        string text = _field.ToString().ReplaceLineEndings(" ");
        return text.Length > most ? text[..most] + "…" : text;
    }
}
