// A growing run of plain values in managed memory that becomes an Arrow buffer without a copy.
using System.Runtime.InteropServices;
using Apache.Arrow;

namespace XClassFlow.Data.Recordings;

/// <summary>
/// Managed on purpose: Arrow's native buffers can be finalized while they are written (arrow-dotnet #397), managed ones cannot. Reused from batch to
/// batch; a buffer from <see cref="ToArrow"/> is valid until the next append or clear.
/// </summary>
internal sealed class ColumnBuffer
{
    /// <summary>What is kept between batches; larger memory, grown for one big message, is let go.</summary>
    private const int KeepBytes = 64 << 20;

    private byte[] _bytes = [];

    /// <summary>Bytes so far.</summary>
    public int Length { get; private set; }

    public void Append<T>(T value)
        where T : unmanaged => Append(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    public void Append(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    /// <summary>Room for more bytes, so that a large value does not grow the buffer piece by piece.</summary>
    public void Reserve(long more)
    {
        var needed = Length + more;
        if (needed > _bytes.Length)
        {
            var capacity = Math.Min(System.Array.MaxLength, Math.Max(needed, Math.Max(256, _bytes.Length * 2L)));
            System.Array.Resize(ref _bytes, checked((int)Math.Max(capacity, needed)));
        }
    }

    public ArrowBuffer ToArrow() => new(_bytes.AsMemory(0, Length));

    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > KeepBytes)
        {
            _bytes = [];
        }
    }
}
