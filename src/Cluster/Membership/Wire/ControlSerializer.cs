// Connects the control messages to Akka.
using Akka.Actor;
using Akka.Serialization;

namespace XClassFlow.Cluster.Membership.Wire;

/// <summary>The one serializer of <see cref="IWireMessage"/>s; unknown manifests are refused.</summary>
internal sealed class ControlSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    public const string Alias = "xclassflow";

    public override int Identifier => 9_201;

    public override string Manifest(object o) => WireManifests.NameOf(o.GetType());

    public override byte[] ToBinary(object obj) => WireFormat.Write(obj);

    public override object FromBinary(byte[] bytes, string manifest) => WireFormat.Read(bytes, manifest);
}
