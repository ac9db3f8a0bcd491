// The messages of the handshake, in their order.
namespace XClassFlow.Cluster.Lane.Handshake;

internal enum HandshakeKind : byte
{
    /// <summary>Connecting side: who it is, a nonce.</summary>
    Hello = 1,

    /// <summary>Accepting side: a nonce.</summary>
    Challenge = 2,

    /// <summary>Connecting side: proof of the secret.</summary>
    Proof = 3,

    /// <summary>Accepting side: its own proof; frames follow.</summary>
    Accept = 4,

    /// <summary>Accepting side: why not.</summary>
    Refuse = 5,
}
