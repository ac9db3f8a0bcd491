// Sends a buffer and native memory behind it in one call.
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace XClassFlow.Cluster.Lane.Wire;

/// <summary>
/// sendmsg(2), which .NET offers for managed arrays only. It keeps a frame's header and payload in one call: a header sent by itself wakes the receiver for nothing. Linux
/// only; whatever it does not send is left to <see cref="Socket"/>, errors too.
/// </summary>
internal static unsafe partial class VectoredSend
{
    private const int DoNotWait = 0x40;
    private const int NoSignal = 0x4000;

    /// <summary>Sends what the kernel takes at once, without waiting. No other operation may be sending on the socket.</summary>
    /// <returns>Bytes sent, of first and second in their order; 0 where it cannot be done now or here.</returns>
    public static int TrySend(Socket socket, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        if (!OperatingSystem.IsLinux())
        {
            return 0;
        }

        fixed (byte* head = first, tail = second)
        {
            var vectors = stackalloc Vector[2];
            vectors[0] = new Vector { Address = head, Length = (nuint)first.Length };
            vectors[1] = new Vector { Address = tail, Length = (nuint)second.Length };
            var message = new Message { Vectors = vectors, Count = 2 };
            return (int)Math.Max(0, SendMessage(socket.SafeHandle, &message, DoNotWait | NoSignal));
        }
    }

    [LibraryImport("libc.so.6", EntryPoint = "sendmsg")]
    private static partial nint SendMessage(SafeHandle socket, Message* message, int flags);

    private struct Vector
    {
        public byte* Address;
        public nuint Length;
    }

#pragma warning disable CS0649 // The fields that stay 0 belong to the layout of struct msghdr.
    private struct Message
    {
        public nint Name;
        public uint NameLength;
        public Vector* Vectors;
        public nuint Count;
        public nint Control;
        public nuint ControlLength;
        public int Flags;
    }
#pragma warning restore CS0649
}
