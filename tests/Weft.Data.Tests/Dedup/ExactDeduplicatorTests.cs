using CsCheck;

namespace Weft.Data.Tests;

public class ExactDeduplicatorTests
{
    [Fact]
    public void It_agrees_with_a_set_of_the_texts() => Gen.String[0, 2].Array[0, 50].Sample(texts =>
    {
        var deduplicator = new ExactDeduplicator();
        var set = new HashSet<string>(StringComparer.Ordinal);
        Assert.All(texts, text => Assert.Equal(set.Add(text), deduplicator.TryAdd(text)));
        Assert.Equal(set.Count, deduplicator.Count);
        Assert.Equal(texts.Length - set.Count, deduplicator.Duplicates);
    });

    [Fact]
    public void Lone_surrogates_are_told_apart()
    {
        var deduplicator = new ExactDeduplicator();
        Assert.True(deduplicator.TryAdd("\uD800"));
        Assert.True(deduplicator.TryAdd("\uD801"));
    }
}
