using System.Text;

namespace Weft.Tasks.Tests.Structured;

/// <summary>Texts of a grammar, by chance.</summary>
internal static class GrammarWalk
{
    private const string Closing = "\"}]0", Structural = "\"}],:{[0123456789tfn-.";

    /// <summary>After so many bytes what closes is preferred.</summary>
    private const int LongEnough = 150, MuchTooLong = 20_000;

    /// <summary>What comes first where there is more than one, once a text is long enough.</summary>
    private static readonly byte[] Hurried = [.. Encoding.ASCII.GetBytes(Closing), .. Enumerable.Range(0, 256).Select(value => (byte)value).Where(value => value is not ((byte)'[' or (byte)'{')), (byte)'[', (byte)'{'];

    /// <summary>A text of the grammar.</summary>
    public static byte[] Text(GrammarAutomaton automaton, Random random)
    {
        List<byte> text = [];
        GrammarState state = automaton.Start;
        while (true)
        {
            Assert.False(state.IsDead);
            Assert.True(text.Count < MuchTooLong, "the text does not end");
            if (state.IsComplete && (state.IsLast || text.Count > LongEnough || random.Next(3) == 0))
                return [.. text];
            GrammarState current = state;
            byte[] alive = [.. Enumerable.Range(0, 256).Select(value => (byte)value).Where(value => !automaton.Next(current, value).IsDead)];
            byte[] structural = [.. alive.Where(value => Structural.Contains((char)value, StringComparison.Ordinal))];
            byte chosen = text.Count > LongEnough ? Hurried.First(value => alive.Contains(value))
                : structural.Length > 0 && random.Next(2) == 0 ? structural[random.Next(structural.Length)]
                : alive[random.Next(alive.Length)];
            text.Add(chosen);
            state = automaton.Next(state, chosen);
        }
    }

    public static bool Accepts(GrammarAutomaton automaton, ReadOnlySpan<byte> text) => automaton.Next(automaton.Start, text).IsComplete;

    public static bool Accepts(GrammarAutomaton automaton, string text) => Accepts(automaton, Encoding.UTF8.GetBytes(text));

    /// <summary>A text with a few bytes changed, put in, taken out or exchanged.</summary>
    public static byte[] Mutate(byte[] text, Random random)
    {
        List<byte> changed = [.. text];
        for (int times = random.Next(1, 4); times > 0 && changed.Count > 1; times--)
        {
            int at = random.Next(changed.Count), other = random.Next(changed.Count);
            byte value = random.Next(3) switch
            {
                0 => (byte)random.Next(256),
                1 => (byte)Structural[random.Next(Structural.Length)],
                _ => changed[other],
            };
            switch (random.Next(4))
            {
                case 0:
                    changed[at] = value;
                    break;
                case 1:
                    changed.Insert(at, value);
                    break;
                case 2:
                    changed.RemoveAt(at);
                    break;
                default:
                    (changed[at], changed[other]) = (changed[other], changed[at]);
                    break;
            }
        }
        return [.. changed];
    }
}
