using System.Text;

namespace Weft.Tasks.Tests.Structured;

/// <summary>The automaton against a matcher that reads a grammar as its definition says.</summary>
public sealed class GrammarAutomatonTests
{
    private const int LongestText = 6;

    /// <summary>All texts of a and b up to a length.</summary>
    private static readonly byte[][] Texts = [.. Enumerable.Range(0, LongestText + 1).SelectMany(length =>
        Enumerable.Range(0, 1 << length).Select(bits => (byte[])[.. Enumerable.Range(0, length).Select(i => (byte)('a' + ((bits >> i) & 1)))]))];

    [Fact]
    public void It_accepts_what_the_grammar_has_and_dies_where_nothing_can_follow()
    {
        int accepted = 0, dead = 0, never = 0;
        for (int seed = 0; seed < 1500; seed++)
        {
            ByteGrammar grammar = Random(new Random(seed), 4);
            var automaton = new GrammarAutomaton(grammar);
            never += automaton.Start.IsDead ? 1 : 0;
            byte[][] valid = [.. Texts.Where(text => Ends(grammar, text, 0).Contains(text.Length))];
            foreach (byte[] text in Texts)
            {
                GrammarState state = automaton.Next(automaton.Start, text);
                Assert.Equal(valid.Any(one => one.AsSpan().SequenceEqual(text)), state.IsComplete);
                accepted += state.IsComplete ? 1 : 0;
                dead += state.IsDead ? 1 : 0;
                if (state.IsDead)
                    Assert.DoesNotContain(valid, one => one.AsSpan().StartsWith(text));
                else
                    Assert.True(CanEnd(automaton, state), $"seed {seed}: nothing completes '{Encoding.ASCII.GetString(text)}'");
                Assert.Equal(state.IsLast, !"abc"u8.ToArray().Any(value => !automaton.Next(state, value).IsDead));
            }
        }
        Assert.True(accepted > 10_000 && dead > 10_000 && never > 10, $"{accepted} accepted, {dead} dead, {never} without any text");
    }

    [Fact]
    public void A_rule_may_hold_itself()
    {
        var rule = new ByteGrammar.Rule();
        rule.Body = ByteGrammar.Repeat(ByteGrammar.Then(ByteGrammar.Literal("a"), rule, ByteGrammar.Literal("b")), 0, null);
        var automaton = new GrammarAutomaton(rule);
        foreach (byte[] text in Texts)
        {
            int[] open = [.. text.Select((_, i) => text[..(i + 1)].Sum(value => value == 'a' ? 1 : -1))];
            Assert.Equal(open.All(depth => depth >= 0) && open.LastOrDefault() == 0, automaton.Next(automaton.Start, text).IsComplete);
        }
    }

    [Fact]
    public void A_rule_that_can_only_go_on_within_itself_is_passed_over()
    {
        var endless = new ByteGrammar.Rule();
        endless.Body = ByteGrammar.Then(ByteGrammar.Literal("a"), endless);
        Assert.True(new GrammarAutomaton(endless).Start.IsDead);
        var automaton = new GrammarAutomaton(ByteGrammar.Either(endless, ByteGrammar.Literal("b")));
        Assert.True(automaton.Next(automaton.Start, "a"u8).IsDead);
        Assert.True(automaton.Next(automaton.Start, "b"u8).IsComplete);
        var itself = new ByteGrammar.Rule();
        itself.Body = ByteGrammar.Either(itself, ByteGrammar.Literal("b"));
        automaton = new(itself);
        Assert.True(automaton.Next(automaton.Start, "b"u8).IsComplete);
    }

    [Fact]
    public void Equal_states_are_one_until_they_are_forgotten_and_go_on_afterwards()
    {
        var automaton = new GrammarAutomaton(ByteGrammar.Repeat(ByteGrammar.Either(ByteGrammar.Literal("ab"), ByteGrammar.Literal("b")), 0, null));
        GrammarState held = automaton.Next(automaton.Start, "ab"u8), half = automaton.Next(automaton.Start, "ba"u8);
        Assert.Same(held, automaton.Next(automaton.Start, "bbabb"u8));
        int states = automaton.StateCount;
        automaton.Forget();
        Assert.Equal(1, automaton.StateCount);
        Assert.NotSame(held, automaton.Next(automaton.Start, "ab"u8));
        Assert.True(automaton.Next(half, "b"u8).IsComplete);
        Assert.False(automaton.Next(held, "a"u8).IsComplete);
        Assert.InRange(automaton.StateCount, 1, states);
    }

    [Fact]
    public void A_set_of_bytes_is_a_set()
    {
        ByteSet set = ByteSet.Range(0x7E, 0x81) | ByteSet.Of("az");
        int[] expected = ['a', 'z', 0x7E, 0x7F, 0x80, 0x81];
        Assert.Equal(expected.Order(), Enumerable.Range(0, 256).Where(value => set.Contains((byte)value)));
        ByteSet rest = set.Except(ByteSet.Range(0x7F, 0x80));
        Assert.Equal(expected.Except([0x7F, 0x80]).Order(), Enumerable.Range(0, 256).Where(value => rest.Contains((byte)value)));
    }

    private static ByteGrammar Random(Random random, int depth)
    {
        ByteGrammar[] Several(int least, int most) => [.. Enumerable.Range(0, random.Next(least, most + 1)).Select(_ => Random(random, depth - 1))];
        return random.Next(depth == 0 ? 3 : 9) switch
        {
            0 => ByteGrammar.Literal("a"),
            1 => ByteGrammar.Literal("b"),
            2 => ByteGrammar.Range('a', 'b' + random.Next(2)),
            3 or 4 => ByteGrammar.Then(Several(0, 3)),
            5 or 6 => ByteGrammar.Either(Several(0, 3)),
            _ => random.Next(3) is var least && random.Next(3) == 0 ? ByteGrammar.Repeat(Random(random, depth - 1), least, null)
                : ByteGrammar.Repeat(Random(random, depth - 1), least, least + random.Next(3)),
        };
    }

    /// <summary>Where a part that begins at a place may end.</summary>
    private static HashSet<int> Ends(ByteGrammar part, byte[] text, int at)
    {
        switch (part)
        {
            case ByteGrammar.Bytes bytes:
                return at < text.Length && bytes.Set.Contains(text[at]) ? [at + 1] : [];
            case ByteGrammar.Sequence sequence:
                return sequence.Parts.Aggregate((HashSet<int>)[at], (places, next) => [.. places.SelectMany(place => Ends(next, text, place))]);
            case ByteGrammar.Choice choice:
                return [.. choice.Alternatives.SelectMany(alternative => Ends(alternative, text, at))];
            case ByteGrammar.Repetition repetition:
                HashSet<int> found = [], places = [at];
                // Each time takes a byte, or might as well not have come.
                for (int times = 0; places.Count > 0 && times <= (repetition.Maximum ?? (repetition.Minimum + text.Length)); times++)
                {
                    if (times >= repetition.Minimum)
                        found.UnionWith(places);
                    places = [.. places.SelectMany(place => Ends(repetition.Part, text, place))];
                }
                return found;
            default:
                throw new InvalidOperationException(part.GetType().Name);
        }
    }

    private static bool CanEnd(GrammarAutomaton automaton, GrammarState state)
    {
        HashSet<GrammarState> seen = [state];
        var open = new Queue<GrammarState>(seen);
        while (open.TryDequeue(out GrammarState? next))
        {
            if (next.IsComplete)
                return true;
            foreach (byte value in "abc"u8)
                if (automaton.Next(next, value) is { IsDead: false } after && seen.Add(after))
                    open.Enqueue(after);
        }
        return false;
    }
}
