// A Vulkan loader in front of the real one that keeps memory on the host and records and submits nothing, so that Mesa's
// RADV compiles shaders for a GPU that is not there (RADV_FORCE_FAMILY). What kernels would have written stays zero.
// After the driver's own statistics of a pipeline, it prints how many lanes its subgroups have, which they lack.
// REAL_VULKAN names the real libvulkan.so.1.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vulkan/vulkan.h>

typedef PFN_vkVoidFunction pfn;
static PFN_vkGetInstanceProcAddr real_instance;
static PFN_vkGetDeviceProcAddr real_device;
static VkInstance the_instance;
static VkDevice the_device;
static pfn device_address(VkDevice device, const char *name);
static pfn instance_address(VkInstance instance, const char *name);
#define REAL(name) ((PFN_##name)real_instance(the_instance, #name))
#define REAL_DEVICE(name) ((PFN_##name)real_device(the_device, #name))

static VkResult nothing(void) { return VK_SUCCESS; }

static void one_memory(VkPhysicalDeviceMemoryProperties *p) {
  memset(p, 0, sizeof *p);
  p->memoryTypeCount = p->memoryHeapCount = 1;
  p->memoryHeaps[0].size = 64ull << 30;
  p->memoryHeaps[0].flags = VK_MEMORY_HEAP_DEVICE_LOCAL_BIT;
  p->memoryTypes[0].propertyFlags = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
                                    VK_MEMORY_PROPERTY_HOST_COHERENT_BIT | VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
}
static void memory_properties(VkPhysicalDevice d, VkPhysicalDeviceMemoryProperties *p) { one_memory(p); }
static void memory_properties2(VkPhysicalDevice d, VkPhysicalDeviceMemoryProperties2 *p) { one_memory(&p->memoryProperties); }
static void buffer_requirements(VkDevice d, VkBuffer b, VkMemoryRequirements *r) {
  REAL_DEVICE(vkGetBufferMemoryRequirements)(d, b, r);
  r->memoryTypeBits = 1;
}
static void buffer_requirements2(VkDevice d, const VkBufferMemoryRequirementsInfo2 *i, VkMemoryRequirements2 *r) {
  REAL_DEVICE(vkGetBufferMemoryRequirements2)(d, i, r);
  r->memoryRequirements.memoryTypeBits = 1;
}
static VkResult allocate(VkDevice d, const VkMemoryAllocateInfo *i, const VkAllocationCallbacks *a, VkDeviceMemory *m) {
  *m = (VkDeviceMemory)calloc(1, i->allocationSize);
  return *m ? VK_SUCCESS : VK_ERROR_OUT_OF_DEVICE_MEMORY;
}
static void release(VkDevice d, VkDeviceMemory m, const VkAllocationCallbacks *a) { free((void *)m); }
static VkResult map(VkDevice d, VkDeviceMemory m, VkDeviceSize offset, VkDeviceSize size, VkMemoryMapFlags f, void **p) {
  *p = (char *)m + offset;
  return VK_SUCCESS;
}

/** With the extension that tells the size of subgroups. */
static VkResult create_device(VkPhysicalDevice p, const VkDeviceCreateInfo *i, const VkAllocationCallbacks *a, VkDevice *d) {
  VkDeviceCreateInfo more = *i;
  const char **names = malloc((i->enabledExtensionCount + 1) * sizeof *names);
  if (!names) return VK_ERROR_OUT_OF_HOST_MEMORY;
  for (uint32_t k = 0; k < i->enabledExtensionCount; k++) names[k] = i->ppEnabledExtensionNames[k];
  names[more.enabledExtensionCount++] = VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME;
  more.ppEnabledExtensionNames = names;
  VkResult r = REAL(vkCreateDevice)(p, &more, a, d);
  free(names);
  the_device = *d;
  return r;
}
static void print_subgroup_size(VkDevice d, VkPipeline pipeline) {
  VkPipelineInfoKHR info = {VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR, NULL, pipeline};
  VkPipelineExecutablePropertiesKHR properties = {VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR};
  uint32_t count = 1;
  REAL_DEVICE(vkGetPipelineExecutablePropertiesKHR)(d, &info, &count, &properties);
  fprintf(stderr, "Subgroup size: %u\n", properties.subgroupSize);
}
static VkResult create_pipelines(VkDevice d, VkPipelineCache c, uint32_t n, const VkComputePipelineCreateInfo *i,
                                 const VkAllocationCallbacks *a, VkPipeline *pipelines) {
  VkResult r = REAL_DEVICE(vkCreateComputePipelines)(d, c, n, i, a, pipelines);
  for (uint32_t k = 0; r == VK_SUCCESS && k < n; k++) print_subgroup_size(d, pipelines[k]);
  return r;
}

/** Nothing is ever waited for, so that one handle serves as every fence and semaphore. */
static VkResult create_fence(VkDevice d, const VkFenceCreateInfo *i, const VkAllocationCallbacks *a, VkFence *f) {
  *f = (VkFence)1;
  return VK_SUCCESS;
}
static VkResult create_semaphore(VkDevice d, const VkSemaphoreCreateInfo *i, const VkAllocationCallbacks *a, VkSemaphore *s) {
  *s = (VkSemaphore)1;
  return VK_SUCCESS;
}

static const struct { const char *name; pfn with; } replacements[] = {
  {"vkGetDeviceProcAddr", (pfn)device_address}, {"vkGetInstanceProcAddr", (pfn)instance_address},
  {"vkCreateDevice", (pfn)create_device}, {"vkCreateComputePipelines", (pfn)create_pipelines}, {"vkCreateFence", (pfn)create_fence}, {"vkCreateSemaphore", (pfn)create_semaphore},
  {"vkGetPhysicalDeviceMemoryProperties", (pfn)memory_properties},
  {"vkGetPhysicalDeviceMemoryProperties2", (pfn)memory_properties2}, {"vkGetPhysicalDeviceMemoryProperties2KHR", (pfn)memory_properties2},
  {"vkGetBufferMemoryRequirements", (pfn)buffer_requirements},
  {"vkGetBufferMemoryRequirements2", (pfn)buffer_requirements2}, {"vkGetBufferMemoryRequirements2KHR", (pfn)buffer_requirements2},
  {"vkAllocateMemory", (pfn)allocate}, {"vkFreeMemory", (pfn)release}, {"vkMapMemory", (pfn)map},
};
static const char *const ignored[] = {
  "vkUnmapMemory", "vkBindBufferMemory", "vkBindBufferMemory2", "vkFlushMappedMemoryRanges", "vkInvalidateMappedMemoryRanges",
  "vkUpdateDescriptorSets", "vkBeginCommandBuffer", "vkEndCommandBuffer", "vkResetCommandBuffer", "vkResetCommandPool",
  "vkDestroyCommandPool", "vkFreeCommandBuffers", "vkTrimCommandPool", "vkDestroyDevice", "vkQueueSubmit", "vkQueueSubmit2",
  "vkQueueSubmit2KHR", "vkDestroyFence", "vkDestroySemaphore", "vkWaitForFences", "vkGetFenceStatus", "vkResetFences", "vkQueueWaitIdle", "vkDeviceWaitIdle",
};
static pfn replaced(const char *name) {
  for (size_t i = 0; i < sizeof replacements / sizeof *replacements; i++)
    if (!strcmp(name, replacements[i].name)) return replacements[i].with;
  if (!strncmp(name, "vkCmd", 5)) return (pfn)nothing;
  for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
    if (!strcmp(name, ignored[i])) return (pfn)nothing;
  return NULL;
}
static void load(void) {
  if (real_instance) return;
  const char *path = getenv("REAL_VULKAN");
  void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
  if (!library) { fprintf(stderr, "null vulkan: set REAL_VULKAN to the real libvulkan.so.1\n"); abort(); }
  real_instance = (PFN_vkGetInstanceProcAddr)dlsym(library, "vkGetInstanceProcAddr");
  real_device = (PFN_vkGetDeviceProcAddr)dlsym(library, "vkGetDeviceProcAddr");
}
static pfn device_address(VkDevice device, const char *name) {
  load();
  pfn real = real_device(device, name), mine = replaced(name);
  return real && mine ? mine : real;
}
static pfn instance_address(VkInstance instance, const char *name) {
  load();
  if (instance) the_instance = instance;
  pfn real = real_instance(instance, name), mine = replaced(name);
  return real && mine ? mine : real;
}
VKAPI_ATTR pfn VKAPI_CALL vkGetInstanceProcAddr(VkInstance instance, const char *name) { return instance_address(instance, name); }
VKAPI_ATTR pfn VKAPI_CALL vkGetDeviceProcAddr(VkDevice device, const char *name) { return device_address(device, name); }
