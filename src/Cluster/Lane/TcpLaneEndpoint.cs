// A process's end of the lane over TCP: the listener, and the lane that is open.
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using XClassFlow.Cluster.Lane.Handshake;
using XClassFlow.Cluster.Lane.Tcp;
using XClassFlow.Cluster.Security;
using XClassFlow.Data;

namespace XClassFlow.Cluster.Lane;

/// <summary>Listens from the start; whoever connects has to prove who it is before anything else. Thread-safe.</summary>
public sealed class TcpLaneEndpoint : ILaneEndpoint
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly LaneSettings _settings;
    private readonly LaneTrust _trust;
    private readonly LaneHandshake _handshake;
    private readonly Action<string> _note;
    private readonly Socket _listener;
    private readonly Visitors _visitors;
    private readonly CancellationTokenSource _closing = new();
    private readonly SemaphoreSlim _opening = new(1);
    private readonly Task _accepting;
    private TcpLane? _lane;
    private int _disposed;

    private TcpLaneEndpoint(LaneSettings settings, LaneTrust trust, Socket listener, Action<string> note)
    {
        _settings = settings;
        _trust = trust;
        _handshake = new LaneHandshake(trust.Secret);
        _note = note;
        _listener = listener;
        _visitors = new Visitors(settings.Limits.Handshakes, note);
        var port = settings.PublicPort > 0 ? settings.PublicPort : ((IPEndPoint)listener.LocalEndPoint!).Port;
        Address = LaneAddress.Format(settings.PublicHost.Length > 0 ? settings.PublicHost : settings.Host, port);
        _accepting = AcceptAllAsync();
    }

    public string Address { get; }

    /// <summary>Connections that have not yet proved who they are.</summary>
    internal int VisitorCount => _visitors.Count;

    /// <summary>Begins to listen.</summary>
    /// <param name="settings">Addresses, times, limits.</param>
    /// <param name="security">Secret and TLS.</param>
    /// <param name="note">Takes lines about lost connections and strangers; called from any thread.</param>
    /// <exception cref="UserErrorException">The address cannot be used, or secret or certificates cannot be read.</exception>
    public static TcpLaneEndpoint Start(LaneSettings settings, SecuritySettings security, Action<string> note)
    {
        var secret = SharedSecret.Load(security) ?? [];
        var certificates = NodeCertificates.Load(security.Tls);
        Socket? listener = null;
        try
        {
            var address = settings.Host == "*" ? IPAddress.IPv6Any : IPAddress.TryParse(settings.Host, out var parsed) ? parsed : Dns.GetHostAddresses(settings.Host)[0];
            listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (settings.Host == "*")
            {
                listener.DualMode = true;
            }

            listener.Bind(new IPEndPoint(address, settings.Port));
            listener.Listen();
            return new TcpLaneEndpoint(settings, new LaneTrust(secret, certificates), listener, note);
        }
        catch (SocketException e)
        {
            listener?.Dispose();
            certificates?.Dispose();
            throw new UserErrorException($"cannot listen on {settings.Host}:{settings.Port} ({e.Message})", "xclassflow.cluster.lane", "set host to an address of this machine and port to a free one, or 0", e);
        }
    }

    public async Task<ILane> OpenAsync(LanePlan plan, ILaneReceiver receiver, CancellationToken cancel)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (plan.Run.Length > Hello.MaxRun / 4 || plan.Self < 0 || plan.Self >= plan.Addresses.Count)
        {
            throw new ArgumentException($"not a plan: run '{plan.Run}', node {plan.Self} of {plan.Addresses.Count}");
        }

        await _opening.WaitAsync(cancel);
        try
        {
            if (_lane is { } earlier)
            {
                await earlier.DisposeAsync();
            }

            var lane = new TcpLane(plan, _settings, _trust, receiver, _note);
            Volatile.Write(ref _lane, lane);
            try
            {
                await lane.OpenAsync(cancel);
                return lane;
            }
            catch
            {
                await lane.DisposeAsync();
                throw;
            }
        }
        finally
        {
            _opening.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _closing.CancelAsync();
        _listener.Dispose();
        await _accepting;
        if (_lane is { } lane)
        {
            await lane.DisposeAsync();
        }

        // Neither the token source nor the certificates are disposed: handshakes that are being given up may still look at them.
    }

    private async Task AcceptAllAsync()
    {
        await Task.Yield();
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_closing.Token);
                _ = ServeAsync(socket);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e) when (!_closing.IsCancellationRequested)
            {
                // For example: no more file descriptors. The connections that exist go on.
                _visitors.Note($"lane: cannot accept a connection ({e.Message})");
                await Task.Delay(PauseAfterFailure, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (SocketException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await Task.Yield();
        var place = _visitors.Enter(socket);
        Stream? stream = null;
        var handedOver = false;
        var from = "?";
        try
        {
            from = socket.RemoteEndPoint?.ToString() ?? from;
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
            limit.CancelAfter(_settings.HandshakeTimeout);
            LaneSocket.Prepare(socket, _settings);
            stream = LaneSocket.StreamOver(socket, _trust.Certificates is not null);
            if (_trust.Certificates is { } certificates)
            {
                var secured = new SslStream(stream, leaveInnerStreamOpen: false);
                stream = secured;
                await secured.AuthenticateAsServerAsync(LaneSocket.ServerOptions(certificates), limit.Token);
            }

            var (hello, transcript) = await _handshake.ChallengeAsync(stream, limit.Token);
            handedOver = await HandOverAsync(socket, stream, hello, transcript, place, limit.Token);
        }
        catch (RefusedException e)
        {
            if (e.Final)
            {
                _visitors.Note($"lane: refused {from}: {e.Message}");
            }
        }
#pragma warning disable CA1031 // Whatever a stranger sends concerns its own connection only.
        catch (Exception e)
#pragma warning restore CA1031
        {
            var reason = e is OperationCanceledException ? $"it did not prove itself within {_settings.HandshakeTimeout.TotalSeconds:0.#} s" : e.Message;

            // Nodes that close later connect to a closed lane again until they hear that the run is over, and then hang up.
            var hungUp = e is IOException && Volatile.Read(ref _lane) is { IsClosed: true };
            if (!_closing.IsCancellationRequested && !hungUp)
            {
                _visitors.Note($"lane: dropped {from}: {reason}");
            }
        }
        finally
        {
            _visitors.Leave(place);
            if (!handedOver)
            {
                socket.Dispose();
                if (stream is not null)
                {
                    await stream.DisposeAsync();
                }
            }
        }
    }

    private async Task<bool> HandOverAsync(Socket socket, Stream stream, Hello hello, Transcript transcript, LinkedListNode<IDisposable> place, CancellationToken cancel)
    {
        try
        {
            var lane = Volatile.Read(ref _lane) ?? throw new RefusedException("no lane is open here yet", final: false);
            var peer = lane.Find(hello);
            if (!_visitors.Leave(place))
            {
                return false;
            }

            var (client, server) = transcript.FrameKeys();
            peer.Accept(hello, new AcceptedChannel(new LaneChannel(socket, stream, server, client), transcript));
            return true;
        }
        catch (RefusedException e)
        {
            throw await LaneHandshake.RefuseAsync(stream, e, cancel);
        }
    }
}
