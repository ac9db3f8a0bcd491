// What the benchmark of the lane found for one size of parcels.
namespace XClassFlow.Cluster.Benchmarks;

/// <summary>Medians over the rounds; control parcels and allocations over all rounds.</summary>
/// <param name="Bytes">Bytes of a parcel's tensor.</param>
/// <param name="LaneBytesPerSecond">One-way throughput of the lane into new tensors.</param>
/// <param name="SocketBytesPerSecond">The same of a bare socket into one buffer.</param>
/// <param name="Ratio">Median of lane / socket within a round.</param>
/// <param name="LaneCpuPerGigabyte">Processor seconds of the whole process for 10^9 bytes over the lane; another program's load moves it less than the rates.</param>
/// <param name="SocketCpuPerGigabyte">The same of a bare socket.</param>
/// <param name="ControlMillisecondsP50">Round trip of a small parcel while the lane is saturated, median.</param>
/// <param name="ControlMillisecondsP99">The same, 99th percentile.</param>
/// <param name="ControlRoundTrips">How many there were.</param>
/// <param name="AllocatedPerFrame">Managed bytes that the process allocated, per frame of bulk and control.</param>
/// <param name="AllocatedPerParcel">The same per parcel.</param>
public sealed record LaneBenchmarkSize(
    long Bytes, double LaneBytesPerSecond, double SocketBytesPerSecond, double Ratio, double LaneCpuPerGigabyte, double SocketCpuPerGigabyte, double ControlMillisecondsP50, double ControlMillisecondsP99, int ControlRoundTrips,
    double AllocatedPerFrame, double AllocatedPerParcel);
