// Sends malformed control messages under the number of the real serializer.
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;
using XClassFlow.Cluster.Membership.Wire;

namespace XClassFlow.Cluster.Tests.Membership;

internal sealed class GarbageSerializer : SerializerWithStringManifest
{
    private static readonly (string Manifest, byte[] Bytes)[] Valid = [.. WireTests.Samples.Select(s => (s.Key, WireFormat.Write(s.Value)))];

    /// <summary>A system that associates as a client would.</summary>
    public static Config Config { get; } = ConfigurationFactory.ParseString("""
        akka { loglevel = OFF, stdout-loglevel = OFF, log-dead-letters = off
          actor.provider = remote
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0, applied-adapters = ["trttl"] } }
        """);

    public static SerializationSetup Setup { get; } = SerializationSetup.Create(
        system => [SerializerDetails.Create("garbage", new GarbageSerializer(system), [typeof(Garbage)])]);

    public GarbageSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    public override int Identifier => 9_201;

    public override string Manifest(object o) => Malformed.Next(new Random(((Garbage)o).Seed), Valid).Manifest;

    public override byte[] ToBinary(object obj) => Malformed.Next(new Random(((Garbage)obj).Seed), Valid).Bytes;

    public override object FromBinary(byte[] bytes, string manifest) => new Garbage(0);

    public sealed record Garbage(int Seed);
}
