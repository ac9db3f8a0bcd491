// Working memory of the members of a team.
namespace XClassFlow.Stages.Selection.Graph;

/// <summary>One piece per worker, so that nobody shares a cache line. Owns them.</summary>
internal sealed unsafe class Scratch<T> : IDisposable
    where T : unmanaged
{
    private readonly NativeBuffer<T>[] _pieces;

    public Scratch(int workers, long length)
    {
        _pieces = new NativeBuffer<T>[workers];
        for (var i = 0; i < workers; i++)
        {
            _pieces[i] = new NativeBuffer<T>(length);
        }
    }

    public T* Of(int worker) => _pieces[worker].Pointer;

    public void Dispose()
    {
        foreach (var piece in _pieces)
        {
            piece.Dispose();
        }
    }
}
