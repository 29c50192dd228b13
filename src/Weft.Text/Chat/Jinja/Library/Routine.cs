using Weft.Text.Chat.Jinja.Evaluation;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>A filter, test, method or function of the language.</summary>
internal sealed class Routine
{
    private readonly string[] _parameters;
    private readonly bool[] _byPositionOnly;
    private readonly int _required;
    private readonly bool _takesRest;
    private readonly bool _takesNamed;
    private readonly Func<Call, Value> _body;

    /// <summary>Describes a routine.</summary>
    /// <param name="name">What templates call it.</param>
    /// <param name="signature">
    /// Parameters with blanks between them: <c>width</c> must be given, <c>width?</c> may be, those before <c>/</c> have no
    /// name outside, <c>*</c> takes further values and <c>**</c> further names.
    /// </param>
    /// <param name="body">What it does.</param>
    public Routine(string name, string signature, Func<Call, Value> body)
    {
        (Name, _body) = (name, body);
        List<string> words = [.. signature.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        _takesRest = words.Remove("*");
        _takesNamed = words.Remove("**");
        int slash = words.IndexOf("/");
        words.Remove("/");
        _required = words.Count(word => !word.EndsWith('?'));
        _parameters = [.. words.Select(word => word.TrimEnd('?'))];
        _byPositionOnly = [.. words.Select((_, index) => index < slash)];
    }

    public string Name { get; }

    /// <summary>Calls it.</summary>
    /// <param name="state">The rendering.</param>
    /// <param name="self">What is filtered or tested, or whose method it is.</param>
    /// <param name="arguments">The arguments.</param>
    /// <exception cref="TemplateFault">The arguments do not fit, or the routine refuses their values.</exception>
    public Value Invoke(RenderState state, Value self, CallArguments arguments)
    {
        var given = new Value?[_parameters.Length];
        for (int i = 0; i < arguments.Positional.Count && i < given.Length; i++)
            given[i] = arguments.Positional[i];
        if (arguments.Positional.Count > given.Length && !_takesRest)
            throw new TemplateFault($"{Name}() takes at most {given.Length} argument(s), not {arguments.Positional.Count}");
        var named = new List<KeyValuePair<string, Value>>();
        foreach (KeyValuePair<string, Value> argument in arguments.Named)
        {
            int index = Array.IndexOf(_parameters, argument.Key);
            if (index >= 0 && !_byPositionOnly[index])
                given[index] = given[index] is null ? argument.Value : throw new TemplateFault($"{Name}() got multiple values for argument '{argument.Key}'");
            else if (_takesNamed)
                named.Add(argument);
            else
                throw new TemplateFault($"{Name}() got an unexpected keyword argument '{argument.Key}'{Known()}");
        }
        foreach (Value? read in given.Prepend(self))
            if (read is TextValue text)
                state.Budget.SpendReading(text.Text.Length);
        for (int i = 0; i < _required; i++)
            if (given[i] is null)
                throw new TemplateFault($"{Name}() misses its argument '{_parameters[i]}'; give it");
        return _body(new Call(state, self, given)
        {
            Rest = [.. arguments.Positional.Skip(given.Length)],
            Named = named,
        });
    }

    private string Known() => _parameters.Length == 0 ? "; it takes none" : $"; its arguments are {string.Join(", ", _parameters)}";
}

/// <summary>A routine as a value: a function, or a method with its object.</summary>
internal sealed class RoutineValue(Routine routine, Value self) : CallableValue
{
    public override string TypeName => "builtin_function_or_method";

    public override Value Invoke(RenderState state, CallArguments arguments) => routine.Invoke(state, self, arguments);
}
