package launcher;

import com.alibaba.nacos.core.code.ControllerMethodsCache;
import com.alibaba.nacos.plugin.auth.exception.AccessException;
import com.alibaba.nacos.sys.filter.NacosTypeExcludeFilter;
import java.net.InetSocketAddress;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurationExcludeFilter;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.TypeExcludeFilter;
import org.springframework.boot.web.servlet.ServletComponentScan;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.FilterType;
import org.springframework.core.type.classreading.MetadataReader;
import org.springframework.core.type.classreading.MetadataReaderFactory;
import org.springframework.core.type.filter.TypeFilter;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;

/** Starts Nacos without its console, whose module has the server's own main class and is not published whole. */
@SpringBootConfiguration
@EnableAutoConfiguration
@EnableScheduling
@ServletComponentScan("com.alibaba.nacos")
@ComponentScan(basePackages = "com.alibaba.nacos", excludeFilters =
    @ComponentScan.Filter(type = FilterType.CUSTOM, classes = {
        NacosTypeExcludeFilter.class, TypeExcludeFilter.class,
        AutoConfigurationExcludeFilter.class, NacosLauncher.WithoutGrpc.class}))
public class NacosLauncher {

  public static void main(String[] args) {
    SpringApplication.run(NacosLauncher.class, args);
  }

  /** Requests to a controller that this cache does not know get 501. */
  @Bean
  public SmartInitializingSingleton controllerMethods(ControllerMethodsCache cache) {
    return () -> {
      cache.initClassMethod("com.alibaba.nacos.core.controller");
      cache.initClassMethod("com.alibaba.nacos.naming.controllers");
      cache.initClassMethod("com.alibaba.nacos.config.server.controller");
      cache.initClassMethod("com.alibaba.nacos.plugin.auth.impl.controller");
    };
  }

  /** The answer to a wrong password, which comes from the console too. */
  @ControllerAdvice
  public static class Refusals {
    @ExceptionHandler(AccessException.class)
    public ResponseEntity<String> refused(AccessException refusal) {
      return ResponseEntity.status(HttpStatus.FORBIDDEN).body(refusal.getErrMsg());
    }
  }

  /** The gRPC servers would listen on every interface, and clients over HTTP do not need them. */
  public static class WithoutGrpc implements TypeFilter {
    @Override
    public boolean match(MetadataReader reader, MetadataReaderFactory factory) {
      String name = reader.getClassMetadata().getClassName();
      return name.endsWith(".GrpcSdkServer") || name.endsWith(".GrpcClusterServer")
          || name.endsWith(".GrpcServerThreadPoolMonitor");
    }
  }

  /** The raft server asks for its port on every interface, and gets it on loopback. */
  public static class LoopbackServerProvider extends io.grpc.ServerProvider {
    @Override
    protected boolean isAvailable() {
      return true;
    }

    @Override
    protected int priority() {
      return 10;
    }

    @Override
    protected io.grpc.ServerBuilder<?> builderForPort(int port) {
      return io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder
          .forAddress(new InetSocketAddress("127.0.0.1", port));
    }
  }
}
