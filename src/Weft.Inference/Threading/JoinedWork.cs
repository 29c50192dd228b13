namespace Weft.Inference.Threading;

/// <summary>Several operators of one kind that are independent of each other, as one.</summary>
internal unsafe struct JoinedWork<TWork> : IWork
    where TWork : unmanaged, IWork
{
    /// <summary>More would make the list long for the stack it lies on.</summary>
    public const int Most = 32;

    /// <summary>The operators.</summary>
    public TWork* Works;

    /// <summary>For each, the items of all up to it.</summary>
    public int* Ends;

    public readonly void Run(int item)
    {
        int work = 0;
        while (item >= Ends[work])
            work++;
        Works[work].Run(item - (work == 0 ? 0 : Ends[work - 1]));
    }
}
