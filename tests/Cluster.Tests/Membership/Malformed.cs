// Makes messages as an attacker or a broken node would.
namespace XClassFlow.Cluster.Tests.Membership;

internal static class Malformed
{
    /// <summary>Random bytes, cut-off and bit-flipped messages, foreign and damaged names.</summary>
    /// <param name="random">The source.</param>
    /// <param name="valid">Messages to damage.</param>
    public static (string Manifest, byte[] Bytes) Next(Random random, IReadOnlyList<(string Manifest, byte[] Bytes)> valid)
    {
        var (manifest, bytes) = valid[random.Next(valid.Count)];
        switch (random.Next(5))
        {
            case 0:
                bytes = new byte[random.Next(400)];
                random.NextBytes(bytes);
                break;
            case 1:
                bytes = bytes[..random.Next(bytes.Length)];
                break;
            case 2:
                bytes = [.. bytes];
                for (var flips = random.Next(1, 4); flips > 0; flips--)
                {
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                }

                break;
            case 3:
                manifest = random.Next(2) == 0 ? valid[random.Next(valid.Count)].Manifest : $"{manifest}{random.Next(10)}";
                break;
            default:
                bytes = [.. bytes, .. bytes[..random.Next(bytes.Length)]];
                break;
        }

        return (manifest, bytes);
    }
}
