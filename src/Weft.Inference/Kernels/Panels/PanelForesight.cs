using System.Runtime.Intrinsics.X86;

namespace Weft.Inference.Kernels.Panels;

/// <summary>
/// Knows which weights are read after others. Between two products that take microseconds, memory lies idle until every thread has its part of the next one:
/// a thread that is done fetches the beginning of that part. What follows is learnt from the order of the products before, so a wrong guess costs a few
/// lines of a cache and nothing else.
/// </summary>
internal sealed unsafe class PanelForesight
{
    /// <summary>Bytes that are fetched: what one core reads within a microsecond.</summary>
    private static readonly int Bytes = int.Parse(Environment.GetEnvironmentVariable("AHEAD") ?? "16384");

    private readonly Dictionary<nint, Product> _products = [];
    private Product? _last;

    /// <summary>A product is about to be computed.</summary>
    /// <param name="work">The product.</param>
    /// <param name="items">Of the work.</param>
    /// <returns>Where each thread begins in the one that will probably follow; null where that is unknown.</returns>
    public nint[]? Enter(in PanelWork work, int items)
    {
        nint key = (nint)work.Projections->Panels;
        if (!_products.TryGetValue(key, out Product? product))
        {
            product = new(new nint[work.Threads]);
            for (int thread = 0; thread < work.Threads; thread++)
                product.Starts[thread] = (nint)work.FirstPanel((int)((long)items * thread / work.Threads));
            _products[key] = product;
        }
        _last?.Next = product;
        _last = product;
        return product.Next?.Starts;
    }

    /// <summary>Fetches the beginning of what follows into the second cache level.</summary>
    public static void Fetch(nint start)
    {
        if (!Sse.IsSupported)
            return;
        for (int line = 0; line < Bytes; line += 64)
            Sse.Prefetch1((byte*)start + line);
    }

    private sealed class Product(nint[] starts)
    {
        public nint[] Starts { get; } = starts;

        public Product? Next { get; set; }
    }
}
