using System.Globalization;
using ActorStreams.TestKit;
using Akka.Streams.Dsl;

namespace ActorStreams.Connectors.AkkaStreams.Tests;

/// <summary>Sinks of Akka.Streams keep the contract of sinks.</summary>
[Trait("Issue", "12")]
public sealed class SinkContractSpec
{
    private static readonly SinkContract<string> s_any = new(() => throw new InvalidOperationException(), _ => "");

    public static TheoryData<string> Requirements => [.. s_any.Requirements];

    [Theory]
    [MemberData(nameof(Requirements))]
    public Task Any_sink(string requirement) => Lines(new SeenSite(seen => AkkaSink.To(Sink.ForEach<string>(seen))), requirement);

    [Theory]
    [MemberData(nameof(Requirements))]
    public Task Any_sink_with_a_small_buffer(string requirement) =>
        Lines(new SeenSite(seen => AkkaSink.To(Sink.ForEach<string>(seen), bufferRows: 1)), requirement);

    [Theory]
    [MemberData(nameof(Requirements))]
    public Task A_flow_of_epochs(string requirement) => Lines(new EpochSite(), requirement);

    private static Task Lines(SinkSite<string> site, string requirement) =>
        new SinkContract<string>(() => site, row => string.Create(CultureInfo.InvariantCulture, $"line {row}")).HoldsAsync(requirement);

    /// <summary>What a sink was given.</summary>
    private sealed class SeenSite(Func<Action<string>, Sink<string>> make) : SinkSite<string>
    {
        private readonly List<string> _seen = [];

        public override Sink<string> NewSink() => make(row =>
        {
            lock (_seen)
                _seen.Add(row);
        });

        public override Task<IReadOnlyList<string>> ReadAsync()
        {
            lock (_seen)
                return Task.FromResult<IReadOnlyList<string>>([.. _seen]);
        }
    }

    /// <summary>A service that keeps the number of the last epoch with its rows.</summary>
    private sealed class EpochSite : SinkSite<string>
    {
        private readonly List<string> _rows = [];
        private long _last;

        public override Sink<string> NewSink() => AkkaSink.Epochs(Flow.Create<EpochRows<string>>().Select(Put));

        public override Task<IReadOnlyList<string>> ReadAsync()
        {
            lock (_rows)
                return Task.FromResult<IReadOnlyList<string>>([.. _rows]);
        }

        private long Put(EpochRows<string> epoch)
        {
            lock (_rows)
            {
                if (epoch.Epoch > _last)
                    _rows.AddRange(epoch.Rows);
                else
                    Assert.True(epoch.IsToldAgain);
                _last = epoch.Epoch;
                return epoch.Epoch;
            }
        }
    }
}
