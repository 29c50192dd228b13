using System.CommandLine;
using System.Globalization;
using Weft.Evaluation.Metrics;
using Weft.Inference;
using Weft.Model.Checkpoints;
using Weft.Text;

namespace Weft.Cli.Understanding;

/// <summary>Labels for each line of a file, and what is done with texts that are longer than the model reads.</summary>
internal sealed class LabelledLines
{
    private const string Nothing = "none";

    private readonly Option<string?> _file = new("--lines")
    {
        Description = "File with one text a line (JSON strings where it ends in .jsonl), in place of TEXT",
        HelpName = "FILE",
    };

    private readonly Option<string> _truncate = CommonOptions.Choice("--truncate", "What is cut out of texts that are longer than the model reads; none refuses them",
        Nothing, [Nothing, .. Enum.GetNames<CutPart>().Select(name => name.ToLowerInvariant())]);

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_file);
        command.Options.Add(_truncate);
    }

    /// <summary>A file was given.</summary>
    public bool IsGiven(CommandContext context) => context.Get(_file) is not null;

    /// <summary>The texts of the file, as the model reads them.</summary>
    /// <exception cref="UsageException">A text is given besides.</exception>
    /// <exception cref="InvalidDataException">A line cannot be read, or is too long; the message names file and line.</exception>
    public IEnumerable<(int[] Ids, int[] Types)> Read(CommandContext context, TextInput input, TextGenerator model)
    {
        if (!input.IsEmpty(context))
            throw new UsageException($"{_file.Name} goes without TEXT, --pair and --ids; give one of them");
        string file = context.Get(_file)!;
        int line = 0;
        foreach (string text in SegmentFile.Read(file))
        {
            string place = string.Create(CultureInfo.InvariantCulture, $"{file}, line {++line}");
            EncodedText encoded = model.Tokenizer.Encode(text);
            yield return encoded.Ids.Length > 0 ? Shorten(context, encoded, model, place)
                : throw new InvalidDataException($"{place}: is empty, and the model's tokenizer puts nothing around a text; give one text a line");
        }
    }

    /// <summary>A text that the model's context has room for.</summary>
    /// <exception cref="InvalidDataException">It is too long, and nothing is to be cut out.</exception>
    public (int[] Ids, int[] Types) Shorten(CommandContext context, EncodedText text, TextGenerator model, string place)
    {
        int most = model.Model.Spec.ContextLength;
        string part = context.Get(_truncate);
        if (text.Ids.Length > most && part == Nothing)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"{place}: has {text.Ids.Length} tokens, but the model reads {most}; say with {_truncate.Name} what is cut out (tail, head or middle)"));
        return TextInput.Segmented(text.Ids.Length > most ? text.Without(Enum.Parse<CutPart>(part, ignoreCase: true), most) : text, model);
    }

    /// <summary>What one line says: the label, the labels that are likelier than not, or the number.</summary>
    /// <param name="model">What its outputs are.</param>
    /// <param name="labels">The likeliest first.</param>
    public static string Describe(Checkpoint model, IEnumerable<(string Name, float Logit)> labels)
    {
        if (model.GivesNumber)
            return Number(labels.First().Logit);
        return Failure.OneLine(model.LabelsAreIndependent ? string.Join(',', labels.Where(label => label.Logit > 0).Select(label => label.Name).Order(StringComparer.Ordinal)) : labels.First().Name);
    }

    /// <summary>A number that reads back.</summary>
    public static string Number(float value) => value.ToString("R", CultureInfo.InvariantCulture);
}
