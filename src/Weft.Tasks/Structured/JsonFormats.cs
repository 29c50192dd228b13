using System.Text.Json;
using Microsoft.Extensions.AI;
using Weft.Inference;
using Weft.Text;

namespace Weft.Tasks;

/// <summary>Constraints of the response formats that callers ask for. Those that were asked for last are kept, with what they have learnt. Safe to use from several threads.</summary>
/// <param name="tokenizer">That of the model.</param>
/// <param name="endIds">Ids that end an answer.</param>
internal sealed class JsonFormats(Tokenizer tokenizer, IReadOnlyCollection<int> endIds)
{
    private const int MostKept = 16;

    private readonly Lock _lock = new();

    /// <summary>By the text of the schema, the latest last.</summary>
    private readonly List<(string Schema, ITokenConstraint Constraint)> _kept = [];

    /// <exception cref="ArgumentException">The schema is damaged, or no JSON satisfies it.</exception>
    /// <exception cref="NotSupportedException">The schema holds what is not understood, or the tokenizer's tokens have no bytes of their own.</exception>
    public ITokenConstraint ConstraintOf(ChatResponseFormatJson format)
    {
        JsonElement? schema = format.Schema;
        string text = schema?.GetRawText() ?? "";
        lock (_lock)
        {
            int index = _kept.FindIndex(one => one.Schema == text);
            (string, ITokenConstraint) found = index >= 0 ? _kept[index] : (text, JsonConstraint.Create(tokenizer, schema, endIds));
            if (index >= 0 || _kept.Count == MostKept)
                _kept.RemoveAt(Math.Max(0, index));
            _kept.Add(found);
            return found.Item2;
        }
    }
}
