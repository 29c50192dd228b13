using System.Runtime.CompilerServices;

namespace Weft.Text.Chat.Jinja;

/// <summary>Counts what one rendering uses up and stops it at the limits.</summary>
internal sealed class Budget(ChatTemplateOptions options)
{
    /// <summary>Characters that cost as much as one step.</summary>
    private const int CharactersPerStep = 8;

    /// <summary>Python's own bound for numbers as text is 4300 digits, which is close.</summary>
    private const int MaxBits = 16384;

    private long _left = options.MaxSteps;
    private int _depth;

    /// <summary>Takes steps.</summary>
    public void Spend(long steps = 1)
    {
        _left -= steps;
        if (_left < 0)
            throw new TemplateFault($"the template takes more than {options.MaxSteps} steps; shorten its loops or raise {nameof(ChatTemplateOptions.MaxSteps)}");
    }

    /// <summary>Takes the steps of a text before it is made.</summary>
    public void SpendText(long length)
    {
        CheckText(length);
        Spend(1 + length / CharactersPerStep);
    }

    /// <summary>Refuses a text that has grown too long.</summary>
    public void CheckText(long length)
    {
        if (length > options.MaxTextLength)
            throw new TemplateFault(
                $"the template makes a text of {length} characters, more than {options.MaxTextLength}; make it shorter or raise {nameof(ChatTemplateOptions.MaxTextLength)}");
    }

    /// <summary>Takes the steps of going through a text once.</summary>
    public void SpendReading(int length) => Spend(length / 32);

    /// <summary>Takes the steps of looking for one text in another, which at worst compares them at every position.</summary>
    public void SpendSearch(int textLength, int soughtLength) =>
        Spend(1 + Math.Max(0, (long)textLength - soughtLength) / 64 * (1 + soughtLength / 16));

    /// <summary>Takes the steps of an operation on whole numbers whose result has at most so many bits.</summary>
    public void SpendBits(long bits)
    {
        if (bits > MaxBits)
            throw new TemplateFault($"the template computes a whole number of {bits} bits; use numbers of at most {MaxBits} bits");
        // Schoolbook multiplication: the square of the words.
        Spend(1 + bits / 64 * (bits / 64) / 16);
    }

    /// <summary>Takes room of the output.</summary>
    public void CheckOutput(long length)
    {
        if (length > options.MaxOutputLength)
            throw new TemplateFault(
                $"the rendering is longer than {options.MaxOutputLength} characters; shorten it or raise {nameof(ChatTemplateOptions.MaxOutputLength)}");
    }

    /// <summary>Goes one level deeper into the template.</summary>
    public void Enter()
    {
        if (++_depth > options.MaxDepth)
            throw new TemplateFault($"the template nests deeper than {options.MaxDepth} levels; end its recursion or raise {nameof(ChatTemplateOptions.MaxDepth)}");
        CheckStack();
    }

    /// <summary>Leaves the level.</summary>
    public void Leave() => _depth--;

    /// <summary>Refuses recursion before the stack is used up: over nested values, which no limit above bounds.</summary>
    public static void CheckStack()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new TemplateFault("the template nests its values or calls too deeply for the stack; nest them less");
    }
}
