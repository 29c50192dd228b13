namespace Weft.Inference;

// V vocabulary.

/// <summary>
/// Gives candidates in falling order of weight, equal weights in rising order of id. Building it is linear in V, and only the
/// candidates that are taken cost a sift, so keeping 40 of 100,000 sorts nothing. Reused for every token.
/// </summary>
internal sealed class CandidateHeap
{
    private int[] _ids = [];
    private double[] _weights = [];
    private int _count;

    /// <summary>Starts anew with weights [V], whose indices are the ids.</summary>
    public void Fill(double[] weights, int count)
    {
        if (_ids.Length < count)
            _ids = new int[count];
        _weights = weights;
        _count = count;
        for (int id = 0; id < count; id++)
            _ids[id] = id;
        for (int i = (count / 2) - 1; i >= 0; i--)
            SiftDown(i);
    }

    /// <summary>Removes and returns the id of the greatest weight.</summary>
    public int Take()
    {
        int id = _ids[0];
        _ids[0] = _ids[--_count];
        SiftDown(0);
        return id;
    }

    private void SiftDown(int i)
    {
        int id = _ids[i];
        for (int child; (child = (2 * i) + 1) < _count; i = child)
        {
            if (child + 1 < _count && Precedes(_ids[child + 1], _ids[child]))
                child++;
            if (!Precedes(_ids[child], id))
                break;
            _ids[i] = _ids[child];
        }
        _ids[i] = id;
    }

    private bool Precedes(int a, int b) => _weights[a] > _weights[b] || (_weights[a] == _weights[b] && a < b);
}
