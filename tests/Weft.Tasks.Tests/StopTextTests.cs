using CsCheck;

namespace Weft.Tasks.Tests;

public sealed class StopTextTests
{
    /// <summary>However a text comes in pieces, what is given is what stands before the end that is complete first.</summary>
    [Fact]
    public void Nothing_of_an_end_is_given_and_everything_before_it() =>
        Gen.Select(Gen.Char["abc"].Array[0, 3].Select(piece => new string(piece)).Array[0, 12], Gen.Char["abc"].Array[1, 4].Select(end => new string(end)).Array[0, 3]).Sample((pieces, ends) =>
        {
            var stop = new StopText(ends);
            string given = string.Concat(pieces.Select(stop.Append));
            bool found = stop.IsFound;
            if (!found)
                given += stop.Flush();
            string whole = string.Concat(pieces);
            Assert.StartsWith(given, whole, StringComparison.Ordinal);
            Assert.DoesNotContain(ends, end => given.Contains(end, StringComparison.Ordinal));
            Assert.Equal(ends.Any(end => whole.Contains(end, StringComparison.Ordinal)), found);
            if (found)
                Assert.Contains(ends, end => whole[given.Length..].StartsWith(end, StringComparison.Ordinal));
            else
                Assert.Equal(whole, given);
        });

    [Fact]
    public void Text_that_begins_no_end_is_given_at_once()
    {
        var stop = new StopText(["\n\n"]);
        Assert.Equal("one", stop.Append("one"));
        Assert.Equal("", stop.Append("\n"));
        Assert.Equal("\ntwo", stop.Append("two"));
        Assert.Throws<ArgumentException>(() => StopText.Check(["a", ""]));
    }
}
