using System.Text.Json;
using Weft.Inference;
using Weft.Text;

namespace Weft.Tasks;

/// <summary>Constraints under which a model writes JSON and nothing else (<see cref="GenerationOptions.Constraint"/>).</summary>
public static class JsonConstraint
{
    /// <summary>
    /// JSON of a schema, or any object or array. Use what this gives for many texts: it remembers what tokens may come where. It has at most 64 levels, which is what System.Text.Json
    /// reads, integers of at most 18 digits and no white space but a space, or a line break and what indents, where it may stand.
    /// </summary>
    /// <param name="tokenizer">That of the model.</param>
    /// <param name="schema">A JSON schema, of which a part is understood; null for any object or array.</param>
    /// <param name="endIds">Ids that end a text beside those that the model's generator knows.</param>
    /// <exception cref="ArgumentException">The schema is damaged, or no JSON satisfies it.</exception>
    /// <exception cref="NotSupportedException">
    /// The schema holds a keyword that is not understood, or the tokenizer's tokens have no bytes of their own or not those with which the JSON begins; the message says which.
    /// </exception>
    public static ITokenConstraint Create(Tokenizer tokenizer, JsonElement? schema = null, IEnumerable<int>? endIds = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ByteGrammar grammar = schema is { } given ? JsonSchemaGrammar.Of(given) : JsonGrammar.Text;
        var constraint = new GrammarConstraint(TokenBytes.Of(tokenizer), grammar, endIds ?? []);
        if (!constraint.IsSatisfiable)
            throw new ArgumentException($"no JSON of at most {JsonGrammar.MaximumDepth} levels satisfies the schema; look for parts that demand themselves, and for what is required but false", nameof(schema));
        // A vocabulary without so much as a bracket is refused at once.
        constraint.Begin().GetAllowedIds();
        return constraint;
    }
}
