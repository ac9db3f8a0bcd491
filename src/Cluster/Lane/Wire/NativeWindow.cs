// Lets sockets read and write native memory.
using System.Buffers;

namespace XClassFlow.Cluster.Lane.Wire;

/// <summary>
/// A view of native memory that is moved from place to place: one object per direction of a connection, no allocation per piece. Whoever moves it keeps the memory
/// alive and does not move it while an operation uses the last view.
/// </summary>
internal sealed unsafe class NativeWindow : MemoryManager<byte>
{
    private byte* _address;
    private int _length;

    public Memory<byte> Move(nint address, int length)
    {
        _address = (byte*)address;
        _length = length;
        return CreateMemory(length);
    }

    public override Span<byte> GetSpan() => new(_address, _length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(_address + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
