// The payload of a frame that begins a parcel: length of the head, element type and shape of every tensor.
using System.Buffers.Binary;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Lane.Wire;

/// <summary>Writes and reads descriptors. Layout: head length (4), number of tensors (4), then per tensor element code (1), number of dimensions (1), dimensions (8 each).</summary>
internal static class ParcelDescriptor
{
    /// <summary>Most dimensions of a tensor.</summary>
    public const int MaxRank = 32;

    private const int FixedBytes = 8;

    /// <summary>Bytes of the longest descriptor under the limits.</summary>
    public static int MaxLength(LaneLimits limits) => FixedBytes + limits.Tensors * (2 + 8 * MaxRank);

    /// <exception cref="ArgumentException">The parcel cannot cross the lane, and why.</exception>
    public static byte[] Encode(Parcel parcel, LaneLimits limits)
    {
        if (parcel.Head.Length > limits.Head.Bytes || parcel.Tensors.Count > limits.Tensors)
        {
            throw new ArgumentException(
                $"a parcel with a head of {parcel.Head.Length} bytes and {parcel.Tensors.Count} tensors exceeds the lane's limits ({limits.Head} and {limits.Tensors})");
        }

        var shapes = new long[parcel.Tensors.Count][];
        var length = FixedBytes;
        for (var i = 0; i < shapes.Length; i++)
        {
            shapes[i] = parcel.Tensors[i].shape;
            length += 2 + 8 * shapes[i].Length;
            if (shapes[i].Length > MaxRank || ElementCode.Of(parcel.Tensors[i].dtype) < 0)
            {
                throw new ArgumentException($"a tensor of type {parcel.Tensors[i].dtype} with {shapes[i].Length} dimensions cannot cross the lane");
            }
        }

        var bytes = new byte[length];
        var to = bytes.AsSpan();
        BinaryPrimitives.WriteInt32LittleEndian(to, parcel.Head.Length);
        BinaryPrimitives.WriteInt32LittleEndian(to[4..], shapes.Length);
        to = to[FixedBytes..];
        for (var i = 0; i < shapes.Length; i++)
        {
            to[0] = (byte)ElementCode.Of(parcel.Tensors[i].dtype);
            to[1] = (byte)shapes[i].Length;
            to = to[2..];
            foreach (var size in shapes[i])
            {
                BinaryPrimitives.WriteInt64LittleEndian(to, size);
                to = to[8..];
            }
        }

        return bytes;
    }

    /// <summary>Makes an empty parcel of the described form; the caller owns it. Every size is checked before anything is allocated.</summary>
    /// <param name="from">The descriptor.</param>
    /// <param name="announced">Bytes of head and tensors according to the frame.</param>
    /// <param name="limits">What is accepted.</param>
    /// <exception cref="LaneException">The descriptor is malformed, exceeds a limit, or memory is short.</exception>
    public static (byte[] Head, Tensor[] Tensors) Allocate(ReadOnlySpan<byte> from, long announced, LaneLimits limits)
    {
        if (from.Length < FixedBytes)
        {
            throw new LaneException("a parcel's descriptor is too short");
        }

        var head = BinaryPrimitives.ReadInt32LittleEndian(from);
        var count = BinaryPrimitives.ReadInt32LittleEndian(from[4..]);
        if (head < 0 || head > limits.Head.Bytes || count < 0 || count > limits.Tensors || announced > limits.Parcel.Bytes)
        {
            throw new LaneException($"a parcel with a head of {head} bytes, {count} tensors and {announced} bytes exceeds the lane's limits");
        }

        from = from[FixedBytes..];
        var forms = new (ScalarType Type, long[] Shape)[count];
        long total = head;
        for (var i = 0; i < count; i++)
        {
            forms[i] = ReadForm(ref from, limits.Parcel.Bytes, out var bytes);
            total += bytes;
            if (total > announced)
            {
                throw new LaneException($"a parcel of more than {announced} bytes was announced with {announced}");
            }
        }

        if (from.Length != 0 || total != announced)
        {
            throw new LaneException($"a parcel of {total} bytes was announced with {announced}");
        }

        return (head == 0 ? [] : GC.AllocateUninitializedArray<byte>(head), Make(forms));
    }

    private static (ScalarType Type, long[] Shape) ReadForm(ref ReadOnlySpan<byte> from, long limit, out long bytes)
    {
        if (from.Length < 2 || from[1] > MaxRank || from.Length < 2 + 8 * from[1] || !ElementCode.TryGet(from[0], out var type, out var size))
        {
            throw new LaneException("a tensor's description is malformed");
        }

        var shape = new long[from[1]];
        from = from[2..];

        // Also the sizes beside a 0 are bounded: strides are computed from them.
        long span = size;
        var empty = false;
        for (var d = 0; d < shape.Length; d++)
        {
            shape[d] = BinaryPrimitives.ReadInt64LittleEndian(from);
            from = from[8..];
            if (shape[d] < 0 || shape[d] > limit || Math.BigMul(span, Math.Max(shape[d], 1), out span) != 0 || span < 0 || span > limit)
            {
                throw new LaneException("a tensor's description exceeds the lane's limits");
            }

            empty |= shape[d] == 0;
        }

        bytes = empty ? 0 : span;
        return (type, shape);
    }

    private static Tensor[] Make((ScalarType Type, long[] Shape)[] forms)
    {
        var tensors = new Tensor[forms.Length];
        var made = 0;
        try
        {
            for (; made < forms.Length; made++)
            {
                tensors[made] = empty(forms[made].Shape, forms[made].Type, CPU).DetachFromDisposeScope();
                LargePages.Request(TensorMemory.AddressOf(tensors[made]), tensors[made].numel() * tensors[made].element_size());
            }

            return tensors;
        }
        catch (Exception e)
        {
            foreach (var tensor in tensors.AsSpan(0, made))
            {
                tensor.Dispose();
            }

            throw new LaneException($"no memory for a parcel: {e.Message}", e);
        }
    }
}
