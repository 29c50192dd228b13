using System.Globalization;
using System.Text;

using Weft.Data;
using Weft.Text;

namespace Weft.Training.Runs;

/// <summary>The tagged sentences of a recipe's task, by split, all with tags that the model knows.</summary>
internal sealed record TaggedRows : ITaskRows
{
    private const int Shown = 12;

    /// <summary>Sentences of each split, in the order of <see cref="DataSplit"/>.</summary>
    public required IReadOnlyList<TaggedSentence>[] Splits { get; init; }

    /// <summary>Sentences that were left out since an equal one had come before.</summary>
    public required int Duplicates { get; init; }

    /// <inheritdoc/>
    public required IReadOnlyList<BadRow> Bad { get; init; }

    /// <inheritdoc/>
    public int Read => Splits.Sum(split => split.Count) + Duplicates + Bad.Count;

    /// <summary>Reads the sentences of a recipe, and fills in the tags that it does not name.</summary>
    /// <inheritdoc cref="TaskRows.Begin"/>
    public static (Recipe Recipe, TaggedRows Rows) Begin(Recipe recipe, IRunObserver observer, CancellationToken cancellation)
    {
        RecipeRange.Check(recipe);
        TaskRecipe task = recipe.Task!;
        task.Check();
        List<BadRow> bad = [];
        (List<TaggedSentence>[] splits, int duplicates) = Split(task, paths => [.. ReadFiles(task, paths, cancellation).Where(sentence => IsUsable(sentence, bad))]);
        if (task.Labels.Count == 0)
            task = task with { Labels = [.. splits[0].SelectMany(sentence => sentence.Tags).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)] };
        HashSet<string> known = [.. task.Labels];
        foreach (List<TaggedSentence> split in splits)
            split.RemoveAll(sentence => IsUnknown(known, sentence, bad));
        TaggedRows rows = new() { Splits = splits, Duplicates = duplicates, Bad = bad };
        BadRow.Judge(bad, task.BadRows, rows.Read, observer);
        rows.Check(task);
        rows.Describe(task, observer);
        return (recipe with { Task = task }, rows);
    }

    /// <inheritdoc/>
    public (Corpus Texts, Corpus? Pairs) ToCorpora() =>
        (TaskRows.ToCorpus(Splits.Select(split => split.Select(sentence => new TextDocument(TextOf(sentence), sentence.Source))), Read, Duplicates), null);

    /// <inheritdoc/>
    public void CheckTokenizer(Tokenizer tokenizer)
    {
    }

    /// <inheritdoc/>
    public EncodedRow[][] Encode(Tokenizer tokenizer, Recipe recipe, int segments, (IRunObserver Observer, CancellationToken Token) context)
    {
        Dictionary<string, int> labels = recipe.Task!.Labels.Index().ToDictionary(label => label.Item, label => label.Index, StringComparer.Ordinal);
        return [.. Splits.Select(split => EncodedRow.Of(split, recipe.Threads!.Value, sentence => [Encode(sentence, tokenizer, recipe.Model.Context, labels)], context.Token))];
    }

    /// <inheritdoc/>
    public void Keep(RunFolder folder, IReadOnlySet<string> unfit)
    {
    }

    /// <summary>The sentence as one text, words with a blank between them.</summary>
    public static string TextOf(TaggedSentence sentence) => string.Join(' ', sentence.Words);

    /// <summary>A sentence as a model reads it; the first token of each word has the word's tag, as in Transformers.</summary>
    public static EncodedRow Encode(TaggedSentence sentence, Tokenizer tokenizer, int context, IReadOnlyDictionary<string, int> labels)
    {
        string text = TextOf(sentence);
        EncodedText encoded = tokenizer.Encode(text);
        if (encoded.Ids.Length > context)
            return Unfit(FormattableString.Invariant($"has {encoded.Ids.Length} tokens, more than model.context {context}; raise that, or cut the sentence in two"));
        int[] places = new int[sentence.Words.Count];
        for (int word = 0, start = 0, token = 0; word < places.Length; start += sentence.Words[word].Length + 1, word++)
        {
            int end = start + sentence.Words[word].Length;
            while (token < encoded.Ids.Length && (encoded.Sequences[token] != 0 || encoded.Offsets[token].End.Value <= start))
                token++;
            if (token == encoded.Ids.Length || encoded.Offsets[token].Start.Value >= end)
                return Unfit($"has the word '{sentence.Words[word]}', which the tokenizer makes no token of its own of");
            places[word] = token++;
        }
        return new(encoded.Ids, new(sentence.Source) { Labels = [.. sentence.Tags.Select(tag => labels[tag])], Places = places }, Encoding.UTF8.GetByteCount(text));

        EncodedRow Unfit(string problem) => new([], new(sentence.Source), 0) { Bad = new(sentence.Source, problem) };
    }

    private static IEnumerable<TaggedSentence> ReadFiles(TaskRecipe task, IReadOnlyList<string> paths, CancellationToken cancellation)
    {
        int? tag = task.Label.Length == 0 ? null : NumberOf(task.Label);
        return TextFiles.Expand(paths).SelectMany(file => TableFiles.HasKeys(task.Format) || TaskKeys.IsLists(file)
            ? TaggedFiles.ReadLists([file], task.Text.Length == 0 ? "tokens" : task.Text, task.Label.Length == 0 ? "tags" : task.Label, cancellation)
            : TaggedFiles.ReadColumns([file], task.Text.Length == 0 ? 1 : NumberOf(task.Text), tag, cancellation));
    }

    private static int NumberOf(string column) => int.Parse(column, CultureInfo.InvariantCulture);

    private static bool IsUsable(TaggedSentence sentence, List<BadRow> bad)
    {
        string? problem = sentence.Words.Count == 0 ? "has no words"
            : sentence.Words.Any(string.IsNullOrWhiteSpace) ? "has an empty word"
            : sentence.Tags.Any(tag => tag.Length == 0) ? "has an empty tag" : null;
        if (problem is not null)
            bad.Add(new(sentence.Source, problem));
        return problem is null;
    }

    private static bool IsUnknown(HashSet<string> known, TaggedSentence sentence, List<BadRow> bad)
    {
        if (sentence.Tags.FirstOrDefault(tag => !known.Contains(tag)) is not { } unknown)
            return false;
        bad.Add(new(sentence.Source, $"has the tag '{unknown}', which no training sentence has or task.labels does not name"));
        return true;
    }

    private static (List<TaggedSentence>[] Splits, int Duplicates) Split(TaskRecipe task, Func<IReadOnlyList<string>, List<TaggedSentence>> read)
    {
        List<TaggedSentence> sentences = read(task.Files);
        bool validation = task.Validation.Count > 0, test = task.Test.Count > 0;
        List<TaggedSentence>[] splits = [[], validation ? read(task.Validation) : [], test ? read(task.Test) : []];
        if (validation)
        {
            splits[0] = sentences;
            return (splits, 0);
        }
        HashSet<(string, string)> seen = [];
        int duplicates = sentences.RemoveAll(sentence => !seen.Add((TextOf(sentence), string.Join(' ', sentence.Tags))));
        foreach (TaggedSentence sentence in sentences)
            splits[(int)HashSplit.Of(TextOf(sentence), task.ValidationShare, test ? 0 : task.TestShare)].Add(sentence);
        return (splits, duplicates);
    }

    private void Check(TaskRecipe task)
    {
        string files = string.Join(", ", task.Files);
        if (Splits[0].Count == 0)
            throw new InvalidDataException($"{files} hold no sentence to learn from; give files with some");
        if (Splits[1].Count == 0)
            throw new InvalidDataException(FormattableString.Invariant(
                $"none of the {Splits[0].Count} sentences of {files} was held out; give more, a larger task.validation-share, or task.validation"));
        string[] tags = [.. Splits[0].SelectMany(sentence => sentence.Tags).Distinct(StringComparer.Ordinal).Take(2)];
        if (tags.Length < 2)
            throw new InvalidDataException($"all training words of {files} have the tag '{tags[0]}'; there is nothing to tell apart: look at task.label");
    }

    private void Describe(TaskRecipe task, IRunObserver observer)
    {
        observer.Info(FormattableString.Invariant($"{Splits[0].Count:N0} sentences to train, {Splits[1].Count:N0} validation, {Splits[2].Count:N0} test; {Duplicates:N0} exact duplicates dropped"));
        Dictionary<string, int> counts = Splits[0].SelectMany(sentence => sentence.Tags).CountBy(tag => tag).ToDictionary();
        double words = counts.Values.Sum();
        observer.Info(FormattableString.Invariant($"{task.Labels.Count:N0} tags: ")
            + string.Join(", ", counts.OrderByDescending(tag => tag.Value).Take(Shown).Select(tag => FormattableString.Invariant($"{tag.Key} {tag.Value / words:P1}"))) + (counts.Count > Shown ? ", …" : ""));
        if (!EntityScores.Fits(task.Labels))
        {
            observer.Info("the tags are not those of IOB2 (B-…, I-…, O), so that no entities are counted");
            return;
        }
        int strays = Splits.SelectMany(split => split).Count(sentence => EntityScores.Strays(sentence.Tags));
        if (strays > 0)
            observer.Info(FormattableString.Invariant($"{strays:N0} sentences have a tag I-… that follows no tag of its kind; of entities that begin so, none is counted"));
    }
}
