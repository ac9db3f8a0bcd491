// A large array outside the managed heap, aligned for SIMD.
using System.Runtime.InteropServices;

namespace XClassFlow.Stages.Selection.Graph;

/// <summary>Owns its memory until <see cref="Dispose"/>; one owner, and no use after disposal. Content is undefined until written; lengths beyond 2^31 are fine.</summary>
internal sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    private const int Alignment = 64;

    /// <param name="length">Elements; may be 0.</param>
    /// <exception cref="OutOfMemoryException">The system has no such block.</exception>
    public NativeBuffer(long length)
    {
        Length = length;
        Pointer = (T*)NativeMemory.AlignedAlloc(checked((nuint)Math.Max(length, 1) * (nuint)sizeof(T)), Alignment);
        NativeBytes.Add(length * sizeof(T));
    }

    public T* Pointer { get; private set; }

    public long Length { get; }

    public Span<T> Span(long start, int count) => new(Pointer + start, count);

    public void Dispose()
    {
        if (Pointer != null)
        {
            NativeMemory.AlignedFree(Pointer);
            NativeBytes.Add(-Length * sizeof(T));
            Pointer = null;
        }
    }
}
