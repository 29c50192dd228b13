using System.CommandLine;
using System.Text;
using Weft.Tasks;

namespace Weft.Cli;

/// <summary>The text that a task reads: an argument, a file, or else standard input.</summary>
/// <param name="openInput">Opens standard input.</param>
/// <param name="name">What the argument is called, in capitals.</param>
/// <param name="description">What it is.</param>
internal sealed class TaskText(Func<Stream> openInput, string name, string description)
{
    private readonly Argument<string?> _text = new(name)
    {
        Description = $"{description}; quote it if it holds spaces; standard input is read where neither {name} nor --file is given",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _file = new("--file") { Description = $"File to read in place of {name}, in UTF-8", HelpName = "FILE" };

    /// <summary>Adds the argument and the option to a command.</summary>
    public void AddTo(DocumentedCommand command)
    {
        command.Arguments.Add(_text);
        command.Options.Insert(0, _file);
    }

    /// <summary><c>--long</c>: what becomes of texts that do not fit.</summary>
    /// <param name="policies">Those of the task beside refusal.</param>
    public static Option<string> LongOption(params IEnumerable<LongInput> policies) => CommonOptions.Choice("--long",
        "What becomes of a text that is longer than the model's context", NameOf(LongInput.Refuse), [NameOf(LongInput.Refuse), .. policies.Select(NameOf)]);

    /// <summary>The policy that <see cref="LongOption"/> names.</summary>
    public static LongInput PolicyOf(string name) => Enum.GetValues<LongInput>().First(policy => NameOf(policy) == name);

    /// <summary>The text is an argument or a file, not standard input.</summary>
    public bool IsGiven(CommandContext context) => context.Get(_text) is not null || context.Get(_file) is not null;

    /// <summary>Refuses an overlap of windows where there are none.</summary>
    /// <exception cref="UsageException">There is one.</exception>
    public static void CheckOverlap(CommandContext context, Option overlap, LongInput policy)
    {
        if (policy != LongInput.Stride && context.IsGiven(overlap))
            throw new UsageException($"{overlap.Name} is of windows, and so needs --long {NameOf(LongInput.Stride)}; give both or neither");
    }

    /// <summary>Reads the text, without the end of its last line.</summary>
    /// <exception cref="UsageException">There are two.</exception>
    /// <exception cref="InvalidDataException">It is no UTF-8.</exception>
    public string ReadLines(CommandContext context) => Read(context).TrimEnd('\r', '\n');

    /// <summary>Reads the text as it is.</summary>
    /// <inheritdoc cref="ReadLines"/>
    public string Read(CommandContext context)
    {
        string? text = context.Get(_text), file = context.Get(_file);
        if (text is not null)
            return file is null ? text : throw new UsageException($"{name} and --file are both given; give one of them");
        if (file is not null && !File.Exists(file))
            throw new FileNotFoundException($"{file}: there is no such file; give a file with the text", file);
        using Stream stream = file is null ? openInput() : File.OpenRead(file);
        using var reader = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));
        try
        {
            return reader.ReadToEndAsync(context.Cancellation).GetAwaiter().GetResult();
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"{file ?? "standard input"}: it is no UTF-8 text; save it as UTF-8", e);
        }
    }

    private static string NameOf(LongInput policy) => policy switch
    {
        LongInput.MapReduce => "map-reduce",
        _ => policy.ToString().ToLowerInvariant(),
    };
}
