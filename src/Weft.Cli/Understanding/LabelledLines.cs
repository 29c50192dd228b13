using System.CommandLine;
using System.Globalization;
using Weft.Evaluation.Metrics;
using Weft.Tasks;

namespace Weft.Cli.Understanding;

/// <summary>Labels for each line of a file.</summary>
internal sealed class LabelledLines
{
    private readonly Option<string?> _file = new("--lines")
    {
        Description = "File with one text a line (JSON strings where it ends in .jsonl), in place of TEXT",
        HelpName = "FILE",
    };

    /// <summary>Adds the option to a command.</summary>
    public void AddTo(Command command) => command.Options.Add(_file);

    /// <summary>A file was given.</summary>
    public bool IsGiven(CommandContext context) => context.Get(_file) is not null;

    /// <summary>What a model says of each line.</summary>
    /// <exception cref="UsageException">A text is given besides.</exception>
    /// <exception cref="InvalidDataException">A line is empty or too long; the message names file and line.</exception>
    public IEnumerable<Classification> Classify(CommandContext context, TextInput input, TextClassifier classifier)
    {
        if (!input.IsEmpty(context))
            throw new UsageException($"{_file.Name} goes without TEXT, --pair and --ids; give one of them");
        string file = context.Get(_file)!;
        int line = 0;
        foreach (string text in SegmentFile.Read(file))
        {
            line++;
            Classification found;
            try
            {
                found = classifier.Classify(text, ct: context.Cancellation);
            }
            catch (ArgumentException e)
            {
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{file}, line {line}: {e.Message}"), e);
            }
            yield return found;
        }
    }

    /// <summary>What one line says: the label, the labels that are likelier than not, or the numbers, which read back.</summary>
    public static string Describe(Classification found) => Failure.OneLine(found.Kind switch
    {
        LabelKind.Regression => string.Join(',', found.Scores.Select(score => score.Logit.ToString("R", CultureInfo.InvariantCulture))),
        LabelKind.Independent => string.Join(',', found.Scores.Where(score => score.Logit > 0).Select(score => score.Name).Order(StringComparer.Ordinal)),
        _ => found.Label,
    });
}
