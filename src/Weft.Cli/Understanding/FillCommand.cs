using System.CommandLine;
using System.Globalization;
using Weft.Tasks;

namespace Weft.Cli.Understanding;

/// <summary><c>weft fill</c>: what may stand at the masks of a text.</summary>
internal sealed class FillCommand
{
    private readonly ModelChoice _model = new();
    private readonly TaskText _text;
    private readonly Option<int> _top = CommonOptions.WholeNumber("--top", "Tokens to print for each mask", 5, minimum: 1);
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <param name="openInput">Opens standard input.</param>
    public FillCommand(Func<Stream> openInput) => _text = new(openInput, "TEXT", "Text with masks, such as [MASK] or <mask>");

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create()
    {
        var command = new DocumentedCommand("fill", "Guess the masked tokens of a text")
        {
            Options = { _top, _json },
            Notes =
            [
                "Takes a masked language model. Prints for each mask the likeliest tokens with their probabilities, and an",
                "empty line between two masks; each mask is guessed with the others still masked. --json prints",
                "  {\"masks\": [[{\"id\": N, \"token\": \"...\", \"text\": \"...\", \"probability\": X}, ...], ...]}",
            ],
            Examples =
            [
                "weft fill models/bert-base-uncased \"Paris is the [MASK] of France.\"",
                "weft fill models/roberta-base \"The <mask> sat on the <mask>.\" --top 3 --json",
            ],
        };
        _text.AddTo(command);
        _model.AddTo(command);
        return command.Runs(Run);
    }

    private int Run(CommandContext context)
    {
        string text = _text.ReadLines(context);
        using LanguageModel model = _model.Open(context);
        IReadOnlyList<IReadOnlyList<MaskCandidate>> masks = new FillMask(model).Fill(text, context.Get(_top));
        if (context.Get(_json))
            WriteJson(context, masks);
        else
            for (int i = 0; i < masks.Count; i++)
            {
                if (i > 0)
                    context.Output.WriteLine();
                foreach (MaskCandidate candidate in masks[i])
                    context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{candidate.Probability,8:P2}  {Failure.OneLine(candidate.Text)}"));
            }
        return 0;
    }

    private static void WriteJson(CommandContext context, IReadOnlyList<IReadOnlyList<MaskCandidate>> masks)
    {
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.Writer.WriteStartArray("masks");
        foreach (IReadOnlyList<MaskCandidate> mask in masks)
        {
            json.Writer.WriteStartArray();
            foreach (MaskCandidate candidate in mask)
            {
                json.Writer.WriteStartObject();
                json.Writer.WriteNumber("id", candidate.Id);
                json.Writer.WriteString("token", candidate.Token);
                json.Writer.WriteString("text", candidate.Text);
                json.Writer.WriteNumber("probability", candidate.Probability);
                json.Writer.WriteEndObject();
            }
            json.Writer.WriteEndArray();
        }
        json.Writer.WriteEndArray();
        json.Writer.WriteEndObject();
        json.Complete();
    }
}
