using System.Text;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Evaluation;

/// <summary>One rendering.</summary>
internal sealed class RenderState
{
    public RenderState(ChatTemplateOptions options)
    {
        Clock = options.Clock;
        Budget = new(options);
        Comparer = new(Budget);
        Order = new(Budget);
        Evaluator = new(this);
        Runner = new(this);
    }

    public TimeProvider Clock { get; }

    public Budget Budget { get; }

    public ValueComparer Comparer { get; }

    public ValueOrder Order { get; }

    public ExpressionEvaluator Evaluator { get; }

    public StatementRunner Runner { get; }

    /// <summary>Line of what is running, for the error.</summary>
    public int Line { get; set; } = 1;

    /// <summary>What the template itself has written so far.</summary>
    public StringBuilder Output { get; } = new();

    /// <summary>Parts of <see cref="Output"/> that the template marks as answers.</summary>
    public List<Range> Answers { get; } = [];

    public string Str(Value value) => ValueText.Str(value, Budget);

    public IEnumerable<Value> Iterate(Value value) => Iteration.Of(value, Budget);
}
