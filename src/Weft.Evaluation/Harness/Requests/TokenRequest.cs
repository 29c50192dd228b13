namespace Weft.Evaluation.Harness.Requests;

/// <summary>Ids that are scored, and those before them.</summary>
/// <param name="Context">At least one.</param>
/// <param name="Continuation">At least one.</param>
internal sealed record TokenRequest(int[] Context, int[] Continuation)
{
    /// <summary>Ids that the model reads: the last one is scored but never read.</summary>
    public int Length => Context.Length + Continuation.Length - 1;

    /// <summary>Compares contexts by their ids.</summary>
    public sealed class SameContext : IEqualityComparer<int[]>
    {
        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] obj)
        {
            var hash = new HashCode();
            foreach (int id in obj)
                hash.Add(id);
            return hash.ToHashCode();
        }
    }
}
