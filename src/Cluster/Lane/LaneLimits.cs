// What a lane accepts at most, from its own sender and from peers.
using XClassFlow.Data;
using XClassFlow.Stages.Configuration;

namespace XClassFlow.Cluster.Lane;

/// <summary>Limits of a lane; the same on all nodes.</summary>
public sealed record LaneLimits
{
    /// <summary>Bytes of a parcel's head.</summary>
    public ByteSize Head { get; init; } = new(Lane.Parcel.MaxHead);

    /// <summary>Tensors of a parcel.</summary>
    public int Tensors { get; init; } = 4096;

    /// <summary>Bytes of a parcel.</summary>
    public ByteSize Parcel { get; init; } = new(8L << 30);

    /// <summary>Bytes that may wait for one peer, to be sent or acknowledged, and that one peer may make this node allocate for parcels under way; the graph's credits keep a run far below.</summary>
    public ByteSize Pending { get; init; } = new(16L << 30);

    /// <summary>Streams over one connection to a peer.</summary>
    public int Streams { get; init; } = 65_536;

    /// <summary>Connections that have not yet proved who they are; beyond it the oldest is closed.</summary>
    public int Handshakes { get; init; } = 64;

    public void Validate(string path)
    {
        Positive("head", Head.Bytes, Lane.Parcel.MaxHead);
        Positive("tensors", Tensors, 1 << 20);
        Positive("parcel", Parcel.Bytes, 1L << 46);
        Positive("pending", Pending.Bytes, 1L << 50);
        Positive("streams", Streams, 1 << 24);
        Positive("handshakes", Handshakes, 65_536);
        if (Pending.Bytes < Parcel.Bytes)
        {
            throw new UserErrorException($"pending = {Pending} is less than parcel = {Parcel}", path, "make pending at least as large");
        }

        void Positive(string key, long value, long most)
        {
            if (value < 1 || value > most)
            {
                throw new UserErrorException($"{key} = {value} is out of range", path, $"use 1 to {most}");
            }
        }
    }
}
