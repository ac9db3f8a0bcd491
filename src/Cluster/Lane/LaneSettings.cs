// Settings of the tensor lane.
using XClassFlow.Data;
using XClassFlow.Stages.Configuration;

namespace XClassFlow.Cluster.Lane;

/// <summary>Settings of a process's end of the lane. All but the addresses are the same on all nodes.</summary>
public sealed record LaneSettings
{
    /// <summary>Address to listen on; 127.0.0.1 reaches this machine only.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>Address that other nodes use; empty: host.</summary>
    public string PublicHost { get; init; } = "";

    /// <summary>Port to listen on; 0: any free one.</summary>
    public int Port { get; init; }

    /// <summary>Port that other nodes use; 0: the one listened on.</summary>
    public int PublicPort { get; init; }

    /// <summary>Connections between two nodes; streams are spread over them.</summary>
    public int Connections { get; init; } = 2;

    /// <summary>Longest frame: other streams wait no longer than for one.</summary>
    public ByteSize Fragment { get; init; } = new(256 * 1024);

    /// <summary>Whether processes of one machine read large tensors from each other's memory where the system allows it, instead of sending them.</summary>
    public bool LendMemory { get; init; } = true;

    /// <summary>Bytes a second that this node sends at most, over all connections; 0: as fast as it goes. Then no memory is lent.</summary>
    public ByteSize Rate { get; init; } = new(0);

    /// <summary>Send buffer of a connection in the kernel; 0: the system's own rule. What is in it cannot be overtaken.</summary>
    public ByteSize SocketBuffer { get; init; } = new(0);

    /// <summary>A connection that has sent nothing for so long sends a sign of life.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A connection that has received nothing for so long is closed and made again.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a new connection has to prove who it is.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the other nodes have to appear when a lane is opened.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a lost connection may take to be made again before the peer counts as lost.</summary>
    public TimeSpan ReconnectTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>What is accepted at most.</summary>
    public LaneLimits Limits { get; init; } = new();

    /// <summary>Whether memory is lent: what is lent would not pass through a limited line.</summary>
    internal bool Lends => LendMemory && Rate.Bytes == 0;

    /// <summary>Longest frame that this node sends: on a slow line none takes more than two milliseconds, where 4 KiB allow it.</summary>
    internal int LongestSent => (int)(Rate.Bytes == 0 ? Fragment.Bytes : Math.Clamp(Rate.Bytes / 500, 4096, Fragment.Bytes));

    public void Validate(string path)
    {
        if (Host.Length == 0)
        {
            throw new UserErrorException("host is empty", path, "use an address of this machine, or 0.0.0.0 for all of them with public-host");
        }

        if (Host is "0.0.0.0" or "::" or "*" && PublicHost.Length == 0)
        {
            throw new UserErrorException($"host = {Host} is no address that other nodes can use", path, "set public-host");
        }

        Within("port", Port, 0, 65_535);
        Within("public-port", PublicPort, 0, 65_535);
        Within("connections", Connections, 1, 64);
        Within("fragment", Fragment.Bytes, 4096, 16 << 20);
        if (Rate.Bytes != 0)
        {
            Within("rate", Rate.Bytes, 64 * 1024, 1L << 40);
        }

        Within("socket-buffer", SocketBuffer.Bytes, 0, 1 << 30);
        foreach (var (key, value) in new[]
        {
            ("keep-alive", KeepAlive), ("silence", Silence), ("handshake-timeout", HandshakeTimeout), ("connect-timeout", ConnectTimeout), ("reconnect-timeout", ReconnectTimeout),
        })
        {
            if (value < TimeSpan.FromMilliseconds(10) || value > TimeSpan.FromDays(1))
            {
                throw new UserErrorException($"{key} = {value} is out of range", path, "use 10ms to 1d");
            }
        }

        if (Silence < 2 * KeepAlive)
        {
            throw new UserErrorException($"silence = {Silence} is less than twice keep-alive = {KeepAlive}", path, "a living peer must have time for a sign of life");
        }

        void Within(string key, long value, long least, long most)
        {
            if (value < least || value > most)
            {
                throw new UserErrorException($"{key} = {value} is out of range", path, $"use {least} to {most}");
            }
        }
    }
}
