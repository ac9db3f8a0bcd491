// Who connects, and what for.
namespace XClassFlow.Cluster.Lane.Handshake;

/// <summary>First message of the connecting side.</summary>
/// <param name="Nonce">32 fresh random bytes.</param>
/// <param name="Run">Identity of the run.</param>
/// <param name="Incarnation">Number of the layout.</param>
/// <param name="Nodes">Number of nodes in it.</param>
/// <param name="From">Number of the connecting node.</param>
/// <param name="To">Number of the node it means to reach.</param>
/// <param name="Slot">Which of the pair's connections this is.</param>
/// <param name="Slots">How many there are.</param>
/// <param name="Instance">Random number of the connecting node's lane: a restarted process has another.</param>
/// <param name="Secured">Whether it has a secret.</param>
internal sealed record Hello(byte[] Nonce, string Run, long Incarnation, int Nodes, int From, int To, int Slot, int Slots, ulong Instance, bool Secured)
{
    /// <summary>Longest identity of a run in bytes.</summary>
    public const int MaxRun = 256;

    public byte[] Encode() => HandshakeMessage.Encode(HandshakeKind.Hello, writer =>
    {
        writer.Write(Nonce);
        writer.Write(Run);
        writer.Write(Incarnation);
        writer.Write(Nodes);
        writer.Write(From);
        writer.Write(To);
        writer.Write(Slot);
        writer.Write(Slots);
        writer.Write(Instance);
        writer.Write(Secured);
    });

    /// <exception cref="InvalidDataException">The message is malformed.</exception>
    public static Hello Decode(HandshakeMessage message) => message.Decode(HandshakeKind.Hello, reader => new Hello(
        HandshakeMessage.ReadNonce(reader), HandshakeMessage.ReadText(reader, MaxRun), reader.ReadInt64(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(),
        reader.ReadInt32(), reader.ReadInt32(), reader.ReadUInt64(), reader.ReadBoolean()));
}
