using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ActorStreams.Hosting.Tests;

/// <summary>No part of a connection string comes into a log or an error of a host.</summary>
[Trait("Issue", "D4")]
public sealed class ConnectionStringSpec
{
    private const string Canary = "c4n4ry";

    [Theory]
    [InlineData($"Host=h;Username=u;Password=x;{Canary}")]
    [InlineData($"Host=h;Password=x;{Canary}=1")]
    [InlineData($"Host=h;Port={Canary}")]
    [InlineData($"Host=h Password={Canary}")]
    [InlineData($"postgresql://u:{Canary}@h/d")]
    public async Task A_store_with_a_slip_in_its_connection_string_fails_the_start_without_a_word_of_it(string slip)
    {
        var log = new LogLines();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<ILoggerProvider>(log);
        builder.Services.AddLogging();
        builder.Services.AddActorStreams(streams => streams.UsePostgreSql(slip).AddPipeline(_ =>
        {
            var pipeline = Pipeline.Create("slip");
            pipeline.Read("numbers", Sources.Of([1])).Write("out", Sinks.ForEach<int>(_ => { }));
            return pipeline;
        }));
        using IHost host = builder.Build();
        Exception error = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync().WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Contains("single quotes", error.ToString(), StringComparison.Ordinal);
        Assert.All([error.ToString(), .. log.Lines], text => Assert.DoesNotContain(Canary, text, StringComparison.OrdinalIgnoreCase));
    }

    private sealed class LogLines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
