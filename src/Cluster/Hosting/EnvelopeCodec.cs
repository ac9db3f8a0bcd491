// Messages of the graph as parcels of the lane.
using System.Text;
using XClassFlow.Cluster.Lane;
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Hosting;

/// <summary>
/// Head of a parcel: kind (byte), link (int32), from (int32), to (int32); for a message then when it was handed over (int64; <see cref="MessageStamp"/>), step (int64),
/// micro-batch (int32), destination (int32), number of tensors (int32), per tensor its name and whether
/// it was shortened (byte), and the plain values as JSON. Strings are UTF-8 with a length. Little endian.
/// </summary>
internal static class EnvelopeCodec
{
    /// <summary>What a parcel holds.</summary>
    public enum Kind : byte
    {
        Message = 1,
        Credit = 2,
        Completion = 3,
    }

    /// <summary>The parcel of a message; takes over its tensors. Call on the sending stage's thread.</summary>
    /// <param name="envelope">The message.</param>
    /// <param name="shorten">Makes the wire form of a compressible float32 tensor; null: as it is.</param>
    /// <param name="sent">When it is handed over, for the receiver's timeline; 0: nobody asks.</param>
    public static Parcel Encode(Envelope envelope, Func<Tensor, Tensor>? shorten, long sent = 0)
    {
        var codec = MessageCodec.Of(envelope.Message.GetType());
        using var head = new MemoryStream();
        using var writer = new BinaryWriter(head, Encoding.UTF8);
        WriteAddress(writer, Kind.Message, envelope.Link, envelope.From, envelope.To);
        new MessageStamp(sent, envelope.Message.Step, envelope.Message.MicroBatch).Write(writer);
        writer.Write(envelope.Destination);
        var named = codec.NamedTensors(envelope.Message).ToArray();
        var tensors = new List<Tensor>(named.Length);
        writer.Write(named.Length);
        using var scope = NewDisposeScope();
        foreach (var (name, tensor) in named)
        {
            var shortens = shorten is not null && tensor.dtype == ScalarType.Float32 && codec.IsCompressible(name);
            writer.Write(name);
            writer.Write(shortens);
            var flat = tensor.is_contiguous() ? tensor : tensor.contiguous();
            tensors.Add((shortens ? shorten!(flat) : flat).DetachFromDisposeScope());
        }

        writer.Write(codec.Scalars(envelope.Message));
        foreach (var (_, tensor) in named)
        {
            if (!tensors.Contains(tensor, ReferenceEqualityComparer.Instance))
            {
                tensor.Dispose();
            }
        }

        return new Parcel(head.ToArray(), tensors);
    }

    /// <summary>The parcel of a credit or a completion.</summary>
    public static Parcel Encode(Kind kind, Link link, int from, int to)
    {
        using var head = new MemoryStream(13);
        using var writer = new BinaryWriter(head);
        WriteAddress(writer, kind, link, from, to);
        return new Parcel(head.ToArray(), []);
    }

    /// <summary>What a parcel is and whom it concerns.</summary>
    /// <exception cref="FormatException">It does not belong to the graph.</exception>
    public static (Kind Kind, Link Link, int From, int To) Address(Parcel parcel, FlowGraph graph)
    {
        using var reader = ReaderOf(parcel);
        return ReadAddress(reader, graph);
    }

    /// <summary>When a message was handed over, and which it is.</summary>
    /// <exception cref="FormatException">The parcel's head is too short.</exception>
    public static MessageStamp Stamp(Parcel parcel, FlowGraph graph)
    {
        using var reader = ReaderOf(parcel);
        ReadAddress(reader, graph);
        try
        {
            return MessageStamp.Read(reader);
        }
        catch (EndOfStreamException e)
        {
            throw new FormatException("a parcel's head is too short", e);
        }
    }

    /// <summary>The message of a parcel; takes over its tensors.</summary>
    /// <exception cref="FormatException">It is none of the graph's messages; the parcel was disposed.</exception>
    public static Envelope Decode(Parcel parcel, FlowGraph graph, GraphPorts ports)
    {
        var tensors = new Dictionary<string, Tensor>();
        try
        {
            using var reader = ReaderOf(parcel);
            var (_, link, from, to) = ReadAddress(reader, graph);
            MessageStamp.Read(reader);
            var destination = reader.ReadInt32();
            if (reader.ReadInt32() != parcel.Tensors.Count)
            {
                throw new FormatException($"a message on {link} came with {parcel.Tensors.Count} tensors, which is not what it says");
            }

            foreach (var tensor in parcel.Tensors)
            {
                var name = reader.ReadString();
                var shortened = reader.ReadBoolean();
                if (tensors.ContainsKey(name))
                {
                    throw new FormatException($"a message on {link} has two tensors '{name}'");
                }

                tensors.Add(name, shortened ? WirePrecisionConversion.FromWire(tensor) : tensor);
            }

            var message = MessageCodec.Of(ports.MessageType(link)).Create(reader.ReadString(), tensors.GetValueOrDefault);
            return new Envelope(link, from, to, destination, message);
        }
        catch (Exception e) when (e is EndOfStreamException or ArgumentException or FormatException)
        {
            parcel.Dispose();
            foreach (var tensor in tensors.Values)
            {
                tensor.Dispose();
            }

            throw e as FormatException ?? new FormatException($"a message from another node cannot be read: {e.Message}", e);
        }
    }

    private static BinaryReader ReaderOf(Parcel parcel) => new(new MemoryStream(parcel.Head.ToArray(), writable: false), Encoding.UTF8);

    private static void WriteAddress(BinaryWriter writer, Kind kind, Link link, int from, int to)
    {
        writer.Write((byte)kind);
        writer.Write(link.Number);
        writer.Write(from);
        writer.Write(to);
    }

    private static (Kind Kind, Link Link, int From, int To) ReadAddress(BinaryReader reader, FlowGraph graph)
    {
        try
        {
            var (kind, number, from, to) = ((Kind)reader.ReadByte(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
            if (!Enum.IsDefined(kind) || number < 0 || number >= graph.Links.Count)
            {
                throw new FormatException($"a parcel of kind {kind} on link {number} is none of this graph's");
            }

            var link = graph.Links[number];
            return from >= 0 && from < graph.CountOf(link.From) && to >= 0 && to < graph.CountOf(link.To)
                ? (kind, link, from, to)
                : throw new FormatException($"a parcel on {link} from instance {from} to instance {to}, which are not there");
        }
        catch (EndOfStreamException e)
        {
            throw new FormatException("a parcel's head is too short", e);
        }
    }
}
