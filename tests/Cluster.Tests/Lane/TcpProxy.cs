// A TCP proxy that loses connections at chosen bytes, damages them, or falls silent.
using System.Net;
using System.Net.Sockets;
using XClassFlow.Cluster.Lane.Tcp;

namespace XClassFlow.Cluster.Tests.Lane;

/// <summary>Stands between two nodes. All members are thread-safe.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly string _target;
    private readonly List<Socket> _open = [];
    private readonly List<Task> _pumps = [];
    private readonly Lock _gate = new();
    private readonly Task _accepting;
    private bool _silent;
    private bool _closed;
    private int _connections;

    public TcpProxy(string target)
    {
        _target = target;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Address = LaneAddress.Format("127.0.0.1", ((IPEndPoint)_listener.LocalEndPoint!).Port);
        _accepting = AcceptAsync();
    }

    public string Address { get; }

    /// <summary>Connections so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Bytes that the next connection may carry before it is cut; null: any number.</summary>
    public Func<long?> CutAfter { get; set; } = () => null;

    /// <summary>Called with all bytes that pass and how many passed before in this direction; may change them.</summary>
    public Action<bool, long, Memory<byte>> Touch { get; set; } = (_, _, _) => { };

    /// <summary>No byte passes any more, on old and new connections, and no end of a connection either.</summary>
    public void FallSilent() => Volatile.Write(ref _silent, true);

    /// <summary>New connections work again; the old ones stay silent.</summary>
    public void Speak() => Volatile.Write(ref _silent, false);

    public void CutAll()
    {
        lock (_gate)
        {
            _open.ForEach(s => s.Dispose());
            _open.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _closed = true;
        }

        _listener.Dispose();
        CutAll();
        await _accepting.InTime("closing the proxy");
        await Task.WhenAll(_pumps).InTime("closing the proxy's connections");
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                var near = await _listener.AcceptAsync();
                Interlocked.Increment(ref _connections);
                var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                near.NoDelay = true;
                var (host, port) = LaneAddress.Parse(_target);
                await far.ConnectAsync(host, port);
                lock (_gate)
                {
                    if (_closed)
                    {
                        near.Dispose();
                        far.Dispose();
                        return;
                    }

                    _open.AddRange([near, far]);
                    var budget = new Budget(CutAfter());
                    _pumps.Add(PumpAsync(near, far, budget, true));
                    _pumps.Add(PumpAsync(far, near, budget, false));
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                if (_closed)
                {
                    return;
                }
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to, Budget budget, bool forward)
    {
        await Task.Yield();
        var buffer = new byte[16 * 1024];
        var passed = 0L;
        var muted = false;
        try
        {
            while (true)
            {
                var count = await from.ReceiveAsync(buffer);
                muted |= Volatile.Read(ref _silent);
                if (muted)
                {
                    if (count == 0)
                    {
                        return;
                    }

                    continue;
                }

                var allowed = (int)Math.Min(count, budget.Take(count));
                Touch(forward, passed, buffer.AsMemory(0, allowed));
                passed += allowed;
                for (var sent = 0; sent < allowed;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, allowed - sent));
                }

                if (allowed < count || count == 0)
                {
                    break;
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            if (muted || Volatile.Read(ref _silent))
            {
                return;
            }
        }

        from.Dispose();
        to.Dispose();
    }

    private sealed class Budget(long? bytes)
    {
        private long _left = bytes ?? long.MaxValue;

        public long Take(int count)
        {
            var left = Interlocked.Add(ref _left, -count);
            return Math.Max(0, left + count);
        }
    }
}
