// The connecting side of a pair.
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using XClassFlow.Cluster.Lane.Handshake;

namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>Connects to a node's endpoint again and again.</summary>
/// <param name="address">Where it is.</param>
/// <param name="hello">What to say; the nonce is made anew every time.</param>
/// <param name="trust">Secret and certificates.</param>
/// <param name="settings">Times and sizes.</param>
/// <param name="recognise">Told the number of the peer's lane; throws a <see cref="LaneException"/> when it has changed.</param>
internal sealed class Dialer(string address, Hello hello, LaneTrust trust, LaneSettings settings, Action<ulong> recognise) : IChannelSource
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    public string LastFailure { get; private set; } = "";

    public async Task<LaneChannel> ConnectAsync(CancellationToken cancel)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(settings.HandshakeTimeout);
            try
            {
                return await TryAsync(limit.Token);
            }
            catch (RefusedException e) when (e.Final)
            {
                throw new LaneException($"node {hello.To} ({address}) and this node do not go together: {e.Message}", e);
            }
            catch (AuthenticationException e)
            {
                throw new LaneException($"node {hello.To} ({address}) is not trusted: {e.Message}", e);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                LastFailure = $"no answer within {settings.HandshakeTimeout.TotalSeconds:0.#} s";
            }
            catch (Exception e) when (e is RefusedException or SocketException or IOException or InvalidDataException or ObjectDisposedException)
            {
                LastFailure = e.Message;
            }

            await Task.Delay(pause, cancel);
        }
    }

    private async Task<LaneChannel> TryAsync(CancellationToken cancel)
    {
        var (host, port) = LaneAddress.Parse(address);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        Stream? stream = null;
        try
        {
            LaneSocket.Prepare(socket, settings);
            await LaneSocket.ConnectAsync(socket, host, port, cancel);
            stream = LaneSocket.StreamOver(socket, trust.Certificates is not null);
            if (trust.Certificates is { } certificates)
            {
                var secured = new SslStream(stream, leaveInnerStreamOpen: false);
                stream = secured;
                await secured.AuthenticateAsClientAsync(LaneSocket.ClientOptions(certificates, host), cancel);
            }

            var fresh = hello with { Nonce = RandomNumberGenerator.GetBytes(HandshakeMessage.NonceSize) };
            var (send, receive, instance) = await new LaneHandshake(trust.Secret).ConnectAsync(stream, fresh, cancel);
            recognise(instance);
            return new LaneChannel(socket, stream, send, receive);
        }
        catch
        {
            socket.Dispose();
            stream?.Dispose();
            throw;
        }
    }
}
