using System.Text;
using System.Text.Json;
using Weft.Training.Runs;

namespace Weft.Cli.Train;

/// <summary>Shows the rows of a preview: token by token, where loss falls in brackets, or in colour where somebody watches.</summary>
/// <param name="output">Takes the text.</param>
/// <param name="coloured">In colour.</param>
internal sealed class PreviewText(TextWriter output, bool coloured)
{
    private const int Width = 110;
    private const string Indent = "  ";

    /// <summary>Between two tokens without loss; brackets and colours tell others apart.</summary>
    private const char Between = '\u00B7';

    private const string Bold = "\u001b[1;32m", Plain = "\u001b[0m";

    /// <summary>Writes a row.</summary>
    /// <param name="number">From 1.</param>
    /// <param name="row">The row.</param>
    public void Write(int number, PreviewRow row)
    {
        string losses = row.Labels.Count > 0 ? "" : FormattableString.Invariant($", {row.Losses} with loss");
        int prefix = row.Tokens.Count(token => token.IsPrefix);
        output.WriteLine(FormattableString.Invariant($"row {number}: {row.Tokens.Count} tokens{losses}")
            + (prefix > 0 ? FormattableString.Invariant($", the first {prefix} of them seen both ways") : "")
            + (row.Padding > 0 ? FormattableString.Invariant($", then {row.Padding} of padding") : ""));
        if (row.Source.Count > 0)
        {
            WriteTokens("source", row.Source);
            WriteTokens("target", row.Tokens);
        }
        else
        {
            int documents = row.Tokens.Select(token => token.Document).Distinct().Count();
            foreach (IGrouping<int, PreviewToken> document in row.Tokens.GroupBy(token => token.Document))
                WriteTokens(documents > 1 ? FormattableString.Invariant($"document {document.Key + 1}") : null, document);
        }
        foreach (string label in row.Labels)
            output.WriteLine($"{Indent}label: {Failure.OneLine(label)}");
        output.WriteLine();
    }

    private void WriteTokens(string? title, IEnumerable<PreviewToken> tokens)
    {
        if (title is not null)
            output.WriteLine($"{Indent}{title}:");
        var line = new StringBuilder(Indent);
        int length = line.Length;
        PreviewToken? before = null;
        foreach (PreviewToken token in tokens)
        {
            string shown = Shown(token), between = before is null ? "" : before.Segment != token.Segment ? " | " : Separates(before, token) ? $"{Between}" : "";
            if (length + between.Length + shown.Length > Width && length > Indent.Length)
            {
                output.WriteLine(line.Append(between));
                line.Clear().Append(Indent);
                (length, between) = (Indent.Length, "");
            }
            line.Append(between).Append(token.HasLoss && coloured ? $"{Bold}{shown}{Plain}" : shown);
            length += between.Length + shown.Length;
            before = token;
        }
        output.WriteLine(line);
    }

    private bool Separates(PreviewToken before, PreviewToken token) => coloured || (!before.HasLoss && !token.HasLoss);

    private string Shown(PreviewToken token)
    {
        string text = Visible(token.Text) + (token.Answer is null ? "" : $"\u2192{Visible(token.Answer)}");
        return token.HasLoss && !coloured ? $"[{text}]" : text;
    }

    /// <summary>Line ends and tabs as signs that stay on the line.</summary>
    private static string Visible(string text)
    {
        var visible = new StringBuilder();
        foreach (char c in text)
            _ = c switch
            {
                '\n' => visible.Append('\u23CE'),
                '\t' => visible.Append('\u21E5'),
                _ when char.IsControl(c) => visible.Append('\uFFFD'),
                _ => visible.Append(c),
            };
        return visible.ToString();
    }

    /// <summary>The same for programs.</summary>
    public static void WriteJson(DataPreview preview, TextWriter output)
    {
        using var json = new JsonOutput(output);
        Utf8JsonWriter writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteStartArray("rows");
        foreach (PreviewRow row in preview.Rows)
        {
            writer.WriteStartObject();
            WriteTokens(writer, "tokens", row.Tokens);
            if (row.Source.Count > 0)
                WriteTokens(writer, "source", row.Source);
            writer.WriteStartArray("labels");
            foreach (string label in row.Labels)
                writer.WriteStringValue(label);
            writer.WriteEndArray();
            writer.WriteNumber("padding", row.Padding);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
        json.Complete();
    }

    private static void WriteTokens(Utf8JsonWriter writer, string name, IReadOnlyList<PreviewToken> tokens)
    {
        writer.WriteStartArray(name);
        foreach (PreviewToken token in tokens)
        {
            writer.WriteStartObject();
            writer.WriteNumber("id", token.Id);
            writer.WriteString("token", token.Name);
            writer.WriteString("text", token.Text);
            writer.WriteBoolean("loss", token.HasLoss);
            if (token.Answer is not null)
                writer.WriteString("answer", token.Answer);
            writer.WriteNumber("document", token.Document);
            writer.WriteNumber("segment", token.Segment);
            writer.WriteBoolean("prefix", token.IsPrefix);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}
