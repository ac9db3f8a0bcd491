// The dialogue that comes before any frame.
using System.Security.Cryptography;
using System.Text;

namespace XClassFlow.Cluster.Lane.Handshake;

/// <summary>
/// Hello, challenge, proof, accept. The connecting side proves the secret first, so that whoever finds the open port learns nothing to guess it by.
/// </summary>
/// <param name="secret">The shared secret; empty: none.</param>
internal sealed class LaneHandshake(byte[] secret)
{
    /// <summary>Longest reason of a refusal in characters.</summary>
    private const int MaxReason = 300;

    /// <summary>Whether there is a secret.</summary>
    public bool Secured => secret.Length > 0;

    /// <summary>The connecting side.</summary>
    /// <returns>Keys of the frames' checksums to the peer and from it, and the number of its lane.</returns>
    /// <exception cref="RefusedException">The peer refuses, or does not know the secret.</exception>
    /// <exception cref="IOException">The connection is lost.</exception>
    /// <exception cref="InvalidDataException">The peer speaks something else.</exception>
    public async Task<(ulong Send, ulong Receive, ulong Instance)> ConnectAsync(Stream stream, Hello hello, CancellationToken cancel)
    {
        var first = hello.Encode();
        await stream.WriteAsync(first, cancel);
        var challenge = await ReadAsync(stream, cancel);
        challenge.Decode(HandshakeKind.Challenge, HandshakeMessage.ReadNonce);
        var transcript = new Transcript(secret, first, challenge.Bytes);
        await stream.WriteAsync(HandshakeMessage.Encode(HandshakeKind.Proof, w => w.Write(transcript.ClientProof())), cancel);
        var (proof, instance) = (await ReadAsync(stream, cancel)).Decode(HandshakeKind.Accept, r => (HandshakeMessage.ReadNonce(r), r.ReadUInt64()));
        if (!CryptographicOperations.FixedTimeEquals(proof, transcript.ServerProof(instance)))
        {
            throw new RefusedException("it does not know the shared secret", final: true);
        }

        var (client, server) = transcript.FrameKeys();
        return (client, server, instance);
    }

    /// <summary>The accepting side, until the peer has proved itself.</summary>
    /// <exception cref="RefusedException">It has not; it was told so.</exception>
    /// <exception cref="IOException">The connection is lost.</exception>
    /// <exception cref="InvalidDataException">The peer speaks something else.</exception>
    public async Task<(Hello Hello, Transcript Transcript)> ChallengeAsync(Stream stream, CancellationToken cancel)
    {
        HandshakeMessage first;
        try
        {
            first = await HandshakeMessage.ReadAsync(stream, cancel);
        }
        catch (LaneException e)
        {
            throw await RefuseAsync(stream, new RefusedException(e.Message, final: true), cancel);
        }

        var hello = Hello.Decode(first);
        if (hello.Secured != Secured)
        {
            var reason = Secured ? "this node requires a shared secret and the connecting one has none" : "the connecting node has a shared secret and this one has none";
            throw await RefuseAsync(stream, new RefusedException($"{reason}; set the same on all nodes", final: true), cancel);
        }

        var challenge = HandshakeMessage.Encode(HandshakeKind.Challenge, w => w.Write(RandomNumberGenerator.GetBytes(HandshakeMessage.NonceSize)));
        await stream.WriteAsync(challenge, cancel);
        var transcript = new Transcript(secret, first.Bytes, challenge);
        var proof = (await HandshakeMessage.ReadAsync(stream, cancel)).Decode(HandshakeKind.Proof, HandshakeMessage.ReadNonce);
        return CryptographicOperations.FixedTimeEquals(proof, transcript.ClientProof())
            ? (hello, transcript)
            : throw await RefuseAsync(stream, new RefusedException("the shared secrets differ", final: true), cancel);
    }

    /// <summary>The accepting side's last word: frames follow.</summary>
    public static async Task AcceptAsync(Stream stream, Transcript transcript, ulong instance, CancellationToken cancel)
        => await stream.WriteAsync(
            HandshakeMessage.Encode(
                HandshakeKind.Accept,
                w =>
                {
                    w.Write(transcript.ServerProof(instance));
                    w.Write(instance);
                }),
            cancel);

    /// <summary>Tells the peer why not.</summary>
    /// <returns>The refusal, to be thrown.</returns>
    public static async Task<RefusedException> RefuseAsync(Stream stream, RefusedException refusal, CancellationToken cancel)
    {
        var reason = refusal.Message.Length > MaxReason ? refusal.Message[..MaxReason] : refusal.Message;
        try
        {
            await stream.WriteAsync(
                HandshakeMessage.Encode(
                    HandshakeKind.Refuse,
                    w =>
                    {
                        w.Write(refusal.Final);
                        w.Write(reason);
                    }),
                cancel);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // It does not want to hear it.
        }

        return refusal;
    }

    private static async Task<HandshakeMessage> ReadAsync(Stream stream, CancellationToken cancel)
    {
        var message = await HandshakeMessage.ReadAsync(stream, cancel);
        if (message.Kind == HandshakeKind.Refuse)
        {
            var (final, reason) = message.Decode(HandshakeKind.Refuse, r => (r.ReadBoolean(), HandshakeMessage.ReadText(r, 4 * MaxReason)));

            // The text comes from another machine and ends up in logs.
            throw new RefusedException(new StringBuilder().AppendJoin("", reason.Select(c => char.IsControl(c) ? ' ' : c)).ToString(), final);
        }

        return message;
    }
}
