using CsvHelper;

namespace ActorStreams.Benchmarks.Workloads;

/// <summary>The row of all benchmarks: 32 bytes, no references.</summary>
/// <param name="Time">Event time, microseconds since the Unix epoch.</param>
[CsvRecord]
public partial record struct Bid(long Auction, long Bidder, long Price, long Time);

/// <summary>The result of a tumbling one-second count.</summary>
/// <param name="Window">The start of the window, microseconds since the Unix epoch.</param>
public record struct WindowCount(long Auction, long Window, long Count);
