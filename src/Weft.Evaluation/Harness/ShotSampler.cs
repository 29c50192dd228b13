using System.Security.Cryptography;
using System.Text;
using Weft.Evaluation.Harness.Tasks;

namespace Weft.Evaluation.Harness;

/// <summary>Draws examples for each row. The same seed draws the same, whatever other rows and tasks there are.</summary>
internal sealed class ShotSampler
{
    private readonly IReadOnlyList<Question> _pool;
    private readonly EvaluationTask _task;
    private readonly int _count;
    private readonly bool _fromRows;
    private readonly ulong _seed;

    /// <param name="task">Whose examples they are.</param>
    /// <param name="pool">What is drawn from.</param>
    /// <param name="count">How many are drawn for each row.</param>
    /// <param name="fromRows">The pool is the rows that are asked, so that a row must not draw itself.</param>
    /// <param name="seed">Of the draws.</param>
    /// <exception cref="ArgumentException">There are too few.</exception>
    public ShotSampler(EvaluationTask task, IReadOnlyList<Question> pool, int count, bool fromRows, ulong seed)
    {
        int available = pool.Count - (fromRows ? 1 : 0);
        if (count > available)
            throw new ArgumentException($"task {task.Name} has {Math.Max(0, available)} examples, but {count} shots are asked for; ask for fewer", nameof(count));
        (_task, _pool, _count, _fromRows) = (task, pool, count, fromRows);
        // Tasks with the same rows must not draw alike by accident.
        _seed = seed ^ BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(task.Name)));
    }

    /// <summary>The examples of a row.</summary>
    /// <param name="row">Its index.</param>
    public IReadOnlyList<Question> Draw(int row)
    {
        if (_count == 0)
            return [];
        List<int> candidates = [.. Enumerable.Range(0, _pool.Count)];
        if (_fromRows)
            candidates.RemoveAt(row);
        if (!_task.TakesFirstShots)
        {
            ulong state = SplitMix64.At(_seed, (ulong)row);
            // The first steps of Fisher and Yates's shuffle.
            for (int i = 0; i < _count; i++)
            {
                int other = i + (int)Math.BigMul(SplitMix64.Next(ref state), (ulong)(candidates.Count - i), out _);
                (candidates[i], candidates[other]) = (candidates[other], candidates[i]);
            }
        }
        return [.. candidates.Take(_count).Select(i => _pool[i])];
    }
}
