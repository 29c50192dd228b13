namespace Weft.Inference.Threading;

/// <summary>Independent pieces of one operator. An item's result must not depend on which thread runs it, nor when.</summary>
internal interface IWork
{
    /// <summary>Computes one item.</summary>
    void Run(int item);
}
